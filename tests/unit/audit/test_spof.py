"""Single points of failure, found by losing everything once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from ipaddress import IPv4Address
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.audit import spof
from holdfast.audit.draw import HOST, OUTSIDE, PROCESS, SWITCH, graph
from holdfast.audit.evidence import Shown, shown
from holdfast.audit.graph import Element, Graph, Need, every, some
from holdfast.audit.remark import Remark
from holdfast.bundle import Bundle
from holdfast.finding import Severity
from holdfast.pki.credentials import placeholder
from holdfast.plan.build import build
from holdfast.plan.inventory import Inventory
from holdfast.plan.model import Plan
from holdfast.platforms.machines.render import render
from holdfast.platforms.machines.sources import Sources
from holdfast.spec.model import Datastore, Fence, Gateway, Host, Route, Service, System

ENGINES = st.sampled_from(["postgresql", "mysql", "redis"])


def inventory(count: int) -> Inventory:
    return Inventory(
        hosts=tuple(
            Host(name=f"n{i}", address=IPv4Address(f"10.0.0.{10 + i}"), fence=Fence(lab=True))
            for i in range(1, count + 1)
        ),
        vips=tuple(IPv4Address(f"10.0.0.{100 + i}") for i in range(count)),
        operators=(),
    )


@st.composite
def plans(draw: st.DrawFn, fewest_instances: int = 2) -> Plan:
    stores = draw(st.lists(ENGINES, max_size=3))
    datastores = {
        f"store{i}": Datastore.model_validate({"engine": engine}) for i, engine in enumerate(stores)
    }
    services = {
        f"service{i}": Service(
            run="x",
            port=8000 + 100 * i,
            instances=draw(st.integers(fewest_instances, 8)),
            needs=tuple(draw(st.lists(st.sampled_from(sorted(datastores)), unique=True)))
            if datastores
            else (),
        )
        for i in range(draw(st.integers(1, 3)))
    }
    routes = tuple(Route(path=f"/{name}", service=name) for name in services)
    system = System(
        system="any", datastores=datastores, services=services, gateway=Gateway(routes=routes)
    )
    return build(system, inventory(draw(st.integers(3, 5))))


@settings(max_examples=15)
@given(plans())
def test_with_three_hosts_and_two_instances_nothing_inside_is_single(plan: Plan) -> None:
    drawn = graph(plan, _bundle(plan))
    kinds = {element.name: element.kind for element in drawn.elements}
    assert {kinds[name] for name in drawn.single} <= {OUTSIDE}


@settings(max_examples=30)
@given(plans(), st.data())
def test_losing_more_revives_nothing(plan: Plan, data: st.DataObject) -> None:
    drawn = graph(plan)
    names = st.sets(st.sampled_from([e.name for e in drawn.elements]))
    fewer, more = data.draw(names), data.draw(names)
    assert drawn.dead(fewer) <= drawn.dead(fewer | more)


@settings(max_examples=30)
@given(plans(), st.data())
def test_an_alternative_less_revives_nothing(plan: Plan, data: st.DataObject) -> None:
    drawn = graph(plan)
    choices = [
        (node, need, gone)
        for node, needs in drawn.needs.items()
        for need in needs
        for gone in need.of
    ]
    node, need, gone = data.draw(st.sampled_from(choices))
    fewer = Need(need.count, tuple(n for n in need.of if n != gone))
    weaker = {**drawn.needs, node: tuple(fewer if n == need else n for n in drawn.needs[node])}
    thinner = Graph(weaker, drawn.elements, drawn.paths)
    lost = data.draw(st.sampled_from(drawn.elements)).name
    assert drawn.dead((lost,)) <= thinner.dead((lost,))


@settings(max_examples=20)
@given(plans())
def test_the_loss_of_a_majority_takes_every_write_away(plan: Plan) -> None:
    drawn = graph(plan)
    names = [host.name for host in plan.hosts]
    for lost in combinations(names, len(names) - plan.quorum + 1):
        broken = drawn.broken(lost)
        assert all(path in broken for path in drawn.paths if path.startswith("writes"))


def test_a_service_with_one_instance_is_that_finding_and_no_other(shop: Plan) -> None:
    found = [r for r in _remarks(_with_one_accounts(shop)) if r.severity is Severity.ERROR]
    assert [(r.code, r.where) for r in found] == [
        ("spof-process", "n1 holdfast-accounts@1.service")
    ]
    assert "https /api/accounts away" in found[0].what
    assert "not drilled" in found[0].what


def test_every_host_of_two_is_a_single_point() -> None:
    system = System(system="any", datastores={"a": Datastore(engine="postgresql")})
    found = graph(build(system, inventory(2))).single
    assert {"n1", "n2", "link n1", "n1 corosync.service"} <= set(found)


def test_a_file_counts_as_its_process_does(shop: Plan) -> None:
    plan = _with_one_accounts(shop)
    single = graph(plan, _bundle(plan)).single
    assert "n1 /etc/holdfast/services/accounts/tls.key" in single
    assert "n1 /etc/haproxy/haproxy.cfg" in single
    assert "n2 /etc/haproxy/haproxy.cfg" not in single


def test_what_is_outside_is_said_and_is_no_error(shop: Plan) -> None:
    outside = [r for r in _remarks(shop) if r.code == "spof-outside"]
    assert {r.where for r in outside} == {SWITCH, "the power"}
    assert not [r for r in _remarks(shop) if r.severity is Severity.ERROR]


def test_pairs_are_minimal_and_told_by_their_innermost(shop: Plan) -> None:
    drawn = graph(shop)
    for a, b, paths in drawn.pairs([e.name for e in drawn.elements if e.kind in (HOST, PROCESS)]):
        assert paths
        assert not drawn.broken((a,))
        assert not drawn.broken((b,))
    told = {r.where for r in spof.pair_remarks(drawn)}
    assert "n1 holdfast-accounts@1.service + n2 holdfast-accounts@2.service" in told
    assert "n1 + n2" not in told


def test_a_circle_and_a_gap_are_refused() -> None:
    with pytest.raises(ValueError, match="circle"):
        Graph({"a": every("b"), "b": every("a")}, (), ())
    with pytest.raises(ValueError, match="not there"):
        Graph({"a": (some(("b", "c")),)}, (Element("a", HOST),), ())


VERDICT = {
    "drill": "power-off",
    "victim": "primary:accounts",
    "victim_host": "n2",
    "system": "shop",
    "started_at": "2026-11-23T12:05:06.601+00:00",
    "verdict": "held",
}


@pytest.mark.parametrize(
    ("told", "element"),
    [
        ({}, "n2"),
        ({"drill": "link-cut"}, "link n2"),
        ({"drill": "kill"}, "n2 holdfast-postgresql-accounts.service"),
        ({"drill": "kill", "victim": "service:front/2"}, "n2 holdfast-front@2.service"),
        ({"drill": "freeze", "victim": "steward:n2"}, "n2 holdfast-steward.service"),
        ({"drill": "kill", "victim": "n2"}, None),
        ({"drill": "kill", "victim": "primary:gone"}, None),
        ({"drill": "handover"}, None),
        ({"system": "other"}, None),
        ({"victim_host": "n9"}, None),
    ],
)
def test_a_verdict_is_about_an_element(
    shop: Plan, tmp_path: Path, told: dict[str, str], element: str | None
) -> None:
    _keep(tmp_path / "any/1", {**VERDICT, **told})
    assert set(shown(shop, tmp_path)) == ({element} if element else set())


def test_the_newest_drill_counts_and_rubbish_does_not(shop: Plan, tmp_path: Path) -> None:
    _keep(tmp_path / "power-off/2", {**VERDICT, "verdict": "broken"})
    _keep(tmp_path / "power-off/1", {**VERDICT, "started_at": "2026-11-22T12:05:06.601+00:00"})
    _keep(tmp_path / "power-off/3", {"system": "shop", "victim_host": "n1"})
    (tmp_path / "verdict.json").write_text("{")
    found = shown(shop, tmp_path)
    assert {name: each.verdict for name, each in found.items()} == {"n2": "broken"}
    assert _said(shop, found, "spof-drill") == ["n2"]
    assert _said(shop, {"n2": Shown("power-off", "held", "", "")}, "spof-drill") == []


def test_what_was_never_drilled_is_counted(shop: Plan) -> None:
    found = {"n2": Shown("power-off", "held", "", "")}
    told = [r.what for r in _remarks(shop, found) if r.code == "spof-undrilled"]
    assert [what.partition(";")[0] for what in told] == [
        "host: 1 of 3 were drilled",
        "link: 0 of 3 were drilled",
        "process: 0 of 23 were drilled",
    ]
    drilled = [c["drilled"] for c in spof.claims(graph(shop), found) if c["element"] == "n2"]
    assert drilled == ["held"]


def _remarks(plan: Plan, found: dict[str, Shown] | None = None) -> Iterator[Remark]:
    return spof.remarks(plan, graph(plan, _bundle(plan)), found or {})


def _said(plan: Plan, found: dict[str, Shown], code: str) -> list[str]:
    return [r.where for r in _remarks(plan, found) if r.code == code]


def _bundle(plan: Plan) -> Bundle:
    return render(plan, placeholder(plan), Sources({}, {}, {}))


def _with_one_accounts(plan: Plan) -> Plan:
    services = tuple(
        s.model_copy(update={"instances": s.instances[:1]}) if s.name == "accounts" else s
        for s in plan.services
    )
    return plan.model_copy(update={"services": services})


def _keep(folder: Path, told: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    (folder / "verdict.json").write_text(json.dumps(told))

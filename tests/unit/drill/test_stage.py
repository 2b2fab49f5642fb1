"""From a plan to the probes of a drill."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from holdfast.drill.ledger import question
from holdfast.drill.stage import READERS_A_SECOND, Cast, cast, excused, timer_values
from holdfast.drill.victims import Victim
from holdfast.pki.authority import Authority
from holdfast.plan.build import build
from holdfast.plan.inventory import Inventory
from holdfast.plan.model import Plan
from holdfast.spec.journey import Journey, Ledger, Step
from holdfast.spec.model import Datastore, Fence, Gateway, Host, Route, Service, System

HOSTS = ("n1", "n2", "n3")


@pytest.fixture
def plan() -> Plan:
    system = System(
        system="shop",
        gateway=Gateway(
            routes=(Route(path="/api", service="accounts"), Route(path="/", service="front"))
        ),
        datastores={
            "accounts": Datastore(engine="postgresql"),
            "sessions": Datastore(engine="redis"),
        },
        services={
            "accounts": Service(run="accounts", port=8001, needs=("accounts",)),
            "front": Service(run="front", port=8101),
        },
    )
    hosts = tuple(
        Host(name=name, address=IPv4Address(f"10.0.0.{number}"), fence=Fence(lab=True))
        for number, name in enumerate(HOSTS, start=11)
    )
    vips = tuple(IPv4Address(f"10.0.0.{number}") for number in (21, 22, 23))
    return build(system, Inventory(hosts, vips, ("10.0.0.1",)))


@pytest.fixture
def casting(plan: Plan, tmp_path: Path) -> tuple[Cast, ...]:
    authority = Authority.create("shop", datetime.now(UTC))
    (tmp_path / "ca.crt").write_text(authority.pair.cert)
    return cast(plan, tmp_path)


def test_every_route_through_every_address_and_a_writer_through_every_gateway(
    casting: tuple[Cast, ...],
) -> None:
    assert [each.probe.name for each in casting] == [
        *(f"https .2{n} /api" for n in (1, 2, 3)),
        *(f"https .2{n} /" for n in (1, 2, 3)),
        *(f"postgresql accounts via {host}" for host in HOSTS),
        *(f"redis sessions/{n}" for n in (1, 2, 3)),
        "redis sessions/1 without WAIT",
    ]


def test_who_does_not_wait_for_replicas_is_not_in_the_ledger(casting: tuple[Cast, ...]) -> None:
    ledgers = {each.probe.name: each.probe.ledger for each in casting if "redis" in each.group}
    assert ledgers == {
        **{f"redis sessions/{n}": "sessions" for n in (1, 2, 3)},
        "redis sessions/1 without WAIT": "",
    }


def test_a_route_with_a_rate_is_asked_half_as_often_as_it_allows(
    plan: Plan, tmp_path: Path
) -> None:
    (tmp_path / "ca.crt").write_text(Authority.create("shop", datetime.now(UTC)).pair.cert)
    rated = Route(path="/api", service="accounts", rate="20/s")
    seldom = Route(path="/", service="front", rate="60/m")
    probes = [
        each.probe for each in cast(plan.model_copy(update={"routes": (rated, seldom)}), tmp_path)
    ]
    assert sum(1 / p.period for p in probes if p.name.endswith("/api")) == pytest.approx(10)
    assert sum(1 / p.period for p in probes if p.name.endswith(" /")) == pytest.approx(0.5)


def test_what_needs_a_datastore_is_held_against_its_objective(
    plan: Plan, casting: tuple[Cast, ...]
) -> None:
    by_group = {each.group: each.objective for each in casting}
    assert by_group == {
        "https /api": plan.objectives.outage.write,
        "https /": plan.objectives.outage.edge,
        "postgresql accounts": plan.objectives.outage.write,
        **{f"redis sessions/{n}": plan.objectives.outage.write for n in (1, 2, 3)},
        "redis sessions/1 without WAIT": plan.objectives.outage.write,
    }


@pytest.mark.parametrize(
    ("drill", "names"),
    [
        ("power-off", ("postgresql accounts via n2",)),
        ("link-cut", ("postgresql accounts via n2",)),
        ("kill", ()),
        ("freeze", ()),
    ],
)
def test_only_the_dead_hosts_own_gateway_is_excused(
    casting: tuple[Cast, ...], drill: str, names: tuple[str, ...]
) -> None:
    assert excused(casting, drill, Victim("n2", "n2", None, "")) == names


def test_timers_have_full_names(plan: Plan) -> None:
    values = timer_values(plan.timers)
    assert values["corosync.token_ms"] == plan.timers.corosync.token_ms
    assert values["keepalived.advert_ms"] == plan.timers.keepalived.advert_ms


ORDER = Step(method="POST", path="/api/orders", headers={"Idempotency-Key": "{key}"})


@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
def test_a_journey_enters_by_every_address_and_is_looked_for_in_its_own_table(
    plan: Plan, tmp_path: Path, engine: str
) -> None:
    kept = Ledger(datastore="orders", table="purchase", column="request")
    system = System(
        system="shop",
        datastores={"orders": Datastore.model_validate({"engine": engine})},
        journeys={
            "order": Journey(steps=(ORDER,), ledger=kept),
            "look": Journey(steps=(Step(path="/"),)),
        },
    )
    hosts = tuple(Host(name=h.name, address=h.address, fence=h.fence) for h in plan.hosts)
    plan = build(system, Inventory(hosts, tuple(vip.address for vip in plan.vips), ()))
    (tmp_path / "ca.crt").write_text(Authority.create("shop", datetime.now(UTC)).pair.cert)
    users = [each for each in cast(plan, tmp_path) if each.group.startswith("journey")]
    assert [each.probe.name for each in users] == [
        *(f"journey order .2{n}" for n in (1, 2, 3)),
        *(f"journey look .2{n}" for n in (1, 2, 3)),
    ]
    assert {each.probe.ledger for each in users} == {"journey order", ""}
    asked = question(plan, "journey order", "r1")[-1]
    assert "purchase" in asked and "'r1/" in asked and "count(*) = 1" in asked


def test_the_more_there_is_to_ask_the_rarer_each_probe_asks(
    plan: Plan, casting: tuple[Cast, ...], tmp_path: Path
) -> None:
    def a_second(cast: tuple[Cast, ...], kind: str) -> float:
        probes = [each.probe for each in cast if each.probe.name.startswith(kind)]
        return sum(1 / probe.period for probe in probes)

    routes = (*plan.routes, *(Route(path=f"/more/{n}", service="front") for n in range(9)))
    wide = cast(plan.model_copy(update={"routes": routes}), tmp_path)
    assert a_second(casting, "https") <= READERS_A_SECOND + 1e-6
    assert a_second(wide, "https") == pytest.approx(READERS_A_SECOND)
    assert a_second(wide, "postgresql") == a_second(casting, "postgresql")

"""Every value says where it comes from; what no file says is the default of its version."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from tests.unit.converge.imported.given import OBJECTIVES, SYSTEMS, system, written

from holdfast.cluster.tuning import tuned
from holdfast.converge.imported.block import platforms, timers_of
from holdfast.converge.imported.block import written as block
from holdfast.converge.imported.tail import tails
from holdfast.converge.imported.values import Imported
from holdfast.errors import InputError
from holdfast.spec.load import parse
from holdfast.timers import upstream
from holdfast.timers.cluster.profiles import PROFILES as CLUSTER_PROFILES
from holdfast.timers.model import Group
from holdfast.timers.profiles import PROFILES


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_value_has_an_origin(name: str) -> None:
    seen = system(name)
    for value in seen.values.values():
        if value.where.file:
            line = Path(value.where.file).read_text().splitlines()[value.where.line - 1]
            assert line.strip() and value.text
        else:
            assert value.default_of and value.source
    for timers in (seen.cluster, seen.machines):
        if timers is not None:
            assert {*_names(timers)} - {*seen.values} == {"profile"}


def _names(group: Group, prefix: str = "") -> list[str]:
    names = []
    for key in type(group).model_fields:
        value = getattr(group, key)
        inside = isinstance(value, Group)
        names += _names(value, f"{prefix}{key}.") if inside else [f"{prefix}{key}"]
    return names


def test_the_newest_defaults_are_those_of_stock(tmp_path: Path) -> None:
    seen = written(tmp_path, {"a": "kube-proxy --v=2\n", "b": "totem {\n version: 2\n}\n"})
    assert seen.cluster is not None and seen.machines is not None
    # Stock chooses time-outs where haproxy and pacemaker have others, or none.
    changed = {"haproxy", "pacemaker", "profile"}
    stock = CLUSTER_PROFILES["stock"].model_dump(exclude=changed)
    assert seen.cluster.model_dump(exclude=changed) == stock
    assert seen.machines.model_dump(exclude=changed) == PROFILES["stock"].model_dump(
        exclude=changed
    )
    assert seen.cluster.haproxy.server_ms == upstream.FOREVER_MS


@pytest.mark.parametrize(
    ("release", "name", "value"),
    [
        ({"kubernetes": "1.31.4"}, "controller_manager.grace_ms", 40_000),
        ({"kubernetes": "1.32"}, "controller_manager.grace_ms", 50_000),
        ({"kubernetes": "1.18"}, "kube_proxy.min_sync_ms", 1),
        ({"kubernetes": "1.18"}, "connections.read_idle_s", 924),
        ({"corosync": "3.0.4"}, "corosync.token_ms", 1000),
        ({"corosync": "3.1"}, "corosync.token_ms", 3000),
    ],
)
def test_older_versions_have_defaults_of_their_own(
    release: dict[str, str], name: str, value: int, tmp_path: Path
) -> None:
    texts = {"a": "kube-proxy --v=2\n", "b": "totem {\n version: 2\n}\n"}
    seen = written(tmp_path, texts, **release)
    assert seen.values[name].value == value
    ((product, version),) = release.items()
    assert seen.values[name].default_of == f"{product} {version}"


def test_versions_are_read_from_the_files_themselves() -> None:
    assert system("kubeadm").versions["kubernetes"] == "1.29.3"
    assert system("kubeadm").versions["etcd"] == "3.5.12"
    assert system("pacemaker").versions["postgresql"] == "15"
    assert system("pacemaker").versions["pacemaker"] == "2.1.8"
    assert system("kubeadm", kubernetes="1.30").versions["kubernetes"] == "1.30"


def test_the_questions_tail_is_haproxys() -> None:
    """The timer is named, with where it stands, and a way out."""
    seen = system("question-local")
    api = next(tail for tail in tails(seen, OBJECTIVES) if tail.time == "calls")
    assert api.dominant.text.startswith("inter 60s fall 3")
    assert api.dominant.where.line == 33
    assert "inter 300ms" in api.dominant.fix and "fall 2" in api.dominant.fix
    assert api.seconds == 60 + 3 * 10 + 2 * 60
    pod = next(tail for tail in tails(seen, OBJECTIVES) if tail.time == "pod")
    assert pod.dominant.timers == ("apiserver.unreachable_s",)


def test_the_questions_files_are_the_legacy_profile() -> None:
    legacy = CLUSTER_PROFILES["legacy"].model_dump(exclude={"profile", "systemd", "nginx"})
    local = system("question-local").cluster
    assert local is not None
    assert local.model_dump(exclude={"profile", "systemd", "nginx"}) == legacy
    outside = system("question-outside").cluster
    assert outside is not None
    assert outside.nginx == CLUSTER_PROFILES["legacy"].nginx


def test_max_fails_0_never_ends() -> None:
    api = tails(system("question-outside"), OBJECTIVES)[0]
    assert api.seconds == math.inf and api.dominant.text == "max_fails=0"


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_block_is_read_as_it_was_written(name: str) -> None:
    expected = platforms(system(name))["timers"]
    timers = timers_of(block(system(name)), "block")
    assert timers.model_dump(exclude={"profile"}) == expected.model_dump(exclude={"profile"})


def test_a_spec_takes_the_block_as_it_is() -> None:
    hosts = "system: kube\n"
    cluster = parse((hosts + block(system("question-local"))).encode(), "spec").system.cluster
    assert cluster is not None
    assert tuned(cluster).haproxy.inter_ms == 60_000
    machines = parse((hosts + block(system("patroni"))).encode(), "spec").system
    assert machines.timers.values["haproxy.inter_ms"] == 3000


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("timers:", "timer:", 2),
        ("profile: stock", "profile: stick", 2),
        ("advert_ms: 2000", "advert_ms: soon", 5),
        ("haproxy.fall: 2", "haproxy.fell: 2", 13),
    ],
)
def test_a_block_that_was_spoilt_is_refused(old: str, new: str, line: int) -> None:
    text = block(system("small-ha"))
    assert old in text
    with pytest.raises(InputError) as raised:
        timers_of(text.replace(old, new, 1), "block.yaml")
    (finding,) = raised.value.findings
    assert finding.where.line == line and finding.hint


OWN = (
    *("gateway.", "steward.", "node_agent.", "systemd.steward", "systemd.pacemaker"),
    *("redis.settle", "redis.start", "redis.handover"),
    *("pacemaker.patience", "pacemaker.fence_monitor", "pacemaker.singleton", "pacemaker.systemd"),
)
"""Timers of Holdfast's own doing: no file of others has them."""


def test_every_timer_has_a_default_with_a_source() -> None:
    tables = {**upstream.CLUSTER, **upstream.BALANCERS, **upstream.MACHINES, **upstream.BESIDES}
    assert all(
        default.source and default.product in upstream.CURRENT for default in tables.values()
    )
    names = {*_names(CLUSTER_PROFILES["stock"]), *_names(PROFILES["stock"])}
    assert {name for name in names - set(tables) if not name.startswith(OWN)} == {"profile"}


def test_hosts_that_differ_are_reckoned_with_the_slower() -> None:
    seen: Imported = system("small-ha")
    assert seen.values["keepalived.advert_ms"].value == 2000

"""Single timers changed by name, in a spec and in code."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from holdfast.cluster import rules as cluster_rules
from holdfast.cluster.tuning import tuned
from holdfast.finding import Finding
from holdfast.lab.place import Lab
from holdfast.plan import rules
from holdfast.plan.build import build
from holdfast.spec.load import parse
from holdfast.timers.change import changed, chosen, named
from holdfast.timers.cluster.profiles import FAST as CLUSTER
from holdfast.timers.profiles import FAST, PROFILES

LAB = Lab("x").inventory()
MACHINES = "system: shop\ntimers:\n  profile: stock\n  values:\n    {0}\n"
KUBE = "system: kube\ncluster:\n  timers:\n    profile: legacy\n    values:\n      {0}\n"


def test_a_spec_may_change_single_timers() -> None:
    system = parse(MACHINES.format("corosync.token_ms: 1500").encode(), "x").system
    timers = build(system, LAB).timers
    assert timers.corosync.token_ms == 1500
    assert timers.keepalived == PROFILES["stock"].keepalived
    assert timers.profile == "stock, tuned"


def test_a_clusters_spec_may_too_down_to_the_leases() -> None:
    line = "controller_manager.leases.duration_ms: 12000"
    system = parse(KUBE.format(line).encode(), "x").system
    assert system.cluster is not None
    timers = tuned(system.cluster)
    assert timers.controller_manager.leases.duration_ms == 12_000
    assert timers.scheduler.leases.duration_ms == 15_000


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("corosync.tokn_ms: 300", "timers-unknown"),
        ("profile: x", "timers-unknown"),
        ("corosync: 300", "timers-unknown"),
        ("corosync.token_ms: soon", "timers-value"),
        ("corosync.token_ms: 100", "timers-token"),
    ],
)
def test_what_cannot_be_is_a_finding_in_its_line(line: str, code: str) -> None:
    document = parse(MACHINES.format(line).encode(), "x")
    found = document.located(rules.findings(document.system, LAB))
    assert code in [one.code for one in found]
    assert all(one.where.line == 5 for one in found if one.path == ("timers", "values", line))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("etcd.token_ms: 300", "timers-unknown"),
        ("haproxy.own_first: 7", "timers-value"),
        ("etcd.election_ms: 300", "cluster-timers-election"),
    ],
)
def test_so_it_is_in_a_cluster(line: str, code: str) -> None:
    system = parse(KUBE.format(line).encode(), "x").system
    assert system.cluster is not None
    found: tuple[Finding, ...] = cluster_rules.findings(system, system.cluster, LAB)
    assert code in [one.code for one in found]


def test_every_timer_has_a_name_and_can_be_set_to_what_it_is() -> None:
    for timers in (FAST, CLUSTER):
        assert changed(timers, named(timers)) == timers


def test_a_profile_alone_is_itself() -> None:
    assert chosen(PROFILES, "fast", {}) is FAST


def test_no_such_timer_and_no_such_value_raise() -> None:
    for name in ("etcd", "corosync.none", "corosync.token_ms.more"):
        with pytest.raises(KeyError):
            changed(FAST, {name: 1})
    with pytest.raises(ValidationError):
        changed(FAST, {"corosync.token_ms": "1"})

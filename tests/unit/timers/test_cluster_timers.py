"""A cluster's timers that fit pass, in every profile and in every combination that keeps the
rules; each misfit is found by its own rule."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.timers.cluster import rules
from holdfast.timers.cluster.model import ClusterTimers, Leases
from holdfast.timers.cluster.profiles import FAST, PROFILES


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_profiles_are_sound(profile: ClusterTimers) -> None:
    assert rules.findings(profile) == ()


def test_profiles_know_their_names() -> None:
    assert all(profile.profile == name for name, profile in PROFILES.items())


@pytest.mark.parametrize(
    ("code", "group", "change"),
    [
        ("cluster-timers-election", "etcd", {"heartbeat_ms": 101}),
        ("cluster-timers-election-long", "etcd", {"election_ms": 50_001}),
        ("cluster-timers-grace", "kubelet", {"lease_s": 8}),
        ("cluster-timers-monitor", "controller_manager", {"monitor_ms": 2000}),
        ("cluster-timers-connection", "connections", {"read_idle_s": 30}),
        ("cluster-timers-sync", "kube_proxy", {"min_sync_ms": 60_000}),
        ("cluster-timers-inter", "haproxy", {"fastinter_ms": 301}),
        ("cluster-timers-advert", "keepalived", {"version": 2}),
    ],
)
def test_a_misfit_is_found(code: str, group: str, change: dict[str, Any]) -> None:
    part = getattr(FAST, group).model_copy(update=change)
    found = rules.findings(FAST.model_copy(update={group: part}))
    assert code in [finding.code for finding in found]


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("cluster-timers-renew", {"renew_ms": 3000}),
        ("cluster-timers-retry", {"retry_ms": 1700}),
        ("cluster-timers-lease-election", {"renew_ms": 900}),
    ],
)
def test_a_lease_that_does_not_fit_is_found(code: str, change: dict[str, Any]) -> None:
    assert code in _codes(FAST.scheduler.leases.model_copy(update=change))


@given(
    st.builds(
        Leases,
        duration_ms=st.integers(1, 60_000),
        renew_ms=st.integers(1, 60_000),
        retry_ms=st.integers(1, 60_000),
    )
)
def test_leases_that_pass_are_ones_that_client_go_takes(leases: Leases) -> None:
    """The conditions of leaderelection.NewLeaderElector."""
    taken = leases.duration_ms > leases.renew_ms > 1.2 * leases.retry_ms
    refused = {"cluster-timers-renew", "cluster-timers-retry"} & _codes(leases)
    assert taken == (not refused)


@given(st.integers(1, 10_000), st.integers(1, 60_000))
def test_elections_that_pass_are_ones_that_etcd_takes(heartbeat: int, election: int) -> None:
    """The conditions of embed.Config.Validate."""
    etcd = FAST.etcd.model_copy(update={"heartbeat_ms": heartbeat, "election_ms": election})
    found = rules.findings(FAST.model_copy(update={"etcd": etcd}))
    refused = [each for each in found if each.code.startswith("cluster-timers-election")]
    assert (5 * heartbeat <= election <= 50_000) == (not refused)


def _codes(leases: Leases) -> set[str]:
    scheduler = FAST.scheduler.model_copy(update={"leases": leases})
    found = rules.findings(FAST.model_copy(update={"scheduler": scheduler}))
    return {each.code for each in found}

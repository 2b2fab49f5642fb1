"""Timers that fit each other pass, and each misfit is found by its own rule."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.timers import floors, rules
from holdfast.timers.model import Timers
from holdfast.timers.profiles import BALANCED, FAST, PROFILES, STOCK


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_profiles_are_sound(profile: Timers) -> None:
    assert rules.findings(profile) == ()


def test_profiles_know_their_names() -> None:
    assert all(profile.profile == name for name, profile in PROFILES.items())


@pytest.mark.parametrize(
    ("code", "group", "change"),
    [
        ("timers-token", "corosync", {"token_ms": 100}),
        ("timers-knet", "corosync", {"knet_ping_interval_ms": None, "knet_ping_timeout_ms": None}),
        ("timers-knet-order", "corosync", {"knet_ping_interval_ms": 400}),
        ("timers-advert", "keepalived", {"advert_ms": 105}),
        ("timers-advert", "keepalived", {"advert_ms": 50_000}),
        ("timers-check", "haproxy", {"check_ms": 150}),
        ("timers-check", "haproxy", {"fall": 2}),
        ("timers-inter", "haproxy", {"fastinter_ms": 2500}),
        ("timers-status", "postgresql", {"wal_receiver_status_interval_s": 2}),
        ("timers-node", "redis", {"node_timeout_ms": 1000}),
        ("timers-repl", "redis", {"repl_timeout_s": 1}),
        ("timers-galera", "galera", {"suspect_ms": 400}),
        ("timers-poll", "steward", {"process_poll_ms": 250}),
        ("timers-watchdog", "steward", {"watchdog_s": 1}),
    ],
)
def test_a_misfit_is_found(code: str, group: str, change: dict[str, Any]) -> None:
    part = getattr(FAST, group).model_copy(update=change)
    found = rules.findings(FAST.model_copy(update={group: part}))
    assert [finding.code for finding in found] == [code]


def test_faster_profiles_promise_less_outage() -> None:
    for floor in (floors.edge_s, lambda timers: floors.write_s(timers, hosts=3)):
        assert floor(FAST) < floor(BALANCED) < floor(STOCK)


def test_the_token_grows_with_the_ring_only_where_corosync_lets_it() -> None:
    assert floors.token_s(FAST.corosync, 7) == 0.3
    assert floors.token_s(STOCK.corosync, 2) == 3
    assert floors.token_s(STOCK.corosync, 3) == 3.65


def test_detection_agrees_with_what_was_measured() -> None:
    """Medians of three cuts each on three lab hosts."""
    for corosync, measured in [(FAST.corosync, 0.64), (BALANCED.corosync, 2.13)]:
        assert floors.detection_s(corosync, 3) == pytest.approx(measured, rel=0.05)
    assert floors.detection_s(STOCK.corosync, 3) == pytest.approx(7.52, rel=0.05)

"""The whole graph of a cluster, against cuts that were recorded, and against what must hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest

from holdfast.converge.model.access import LEADERS, Design
from holdfast.converge.model.cluster import story
from holdfast.converge.model.graph import Course, Moment, Seconds
from holdfast.converge.model.predict import predict
from holdfast.timers.change import changed
from holdfast.timers.cluster.model import ClusterTimers
from holdfast.timers.cluster.profiles import FAST, LEGACY, PROFILES, STOCK

DRAWS = 10_000
CUT_S = 0.1
"""To which the moment of a recorded cut is known."""
ROWS = json.loads((Path(__file__).parents[3] / "cases/converge/recorded.json").read_text())["rows"]


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_recorded_cuts_have_the_predicted_median(row: dict[str, Any]) -> None:
    """Within a fifth."""
    for name, drawn, figures in _compared(row):
        assert np.median(drawn) == pytest.approx(median(figures), rel=0.2), name


def test_recorded_cuts_are_within_what_is_predicted() -> None:
    """At least 95 of 100 between the first and the last percent."""
    inside = [
        least - CUT_S <= figure <= most + CUT_S
        for row in ROWS
        for _, drawn, figures in _compared(row)
        for least, most in [np.quantile(drawn, [0.01, 0.99])]
        for figure in figures
    ]
    assert len(inside) > 40
    assert sum(inside) >= 0.95 * len(inside)


def _compared(row: dict[str, Any]) -> Iterator[tuple[str, Seconds, list[float]]]:
    timers = changed(PROFILES[row["profile"]], row["change"])
    told = story(Design(timers, led=frozenset(row["led"])))
    moments: dict[str, Moment] = {seen.key: seen.moment for seen in told.seen}
    course = Course(DRAWS)
    for name, figures in {**row["seen"], **row["milestones"]}.items():
        yield name, course.at({**moments, **told.milestones}[name]), figures


def test_waits_are_in_order() -> None:
    for timers in PROFILES.values():
        waits = _p50(timers)
        assert waits["api"] <= waits["calls"]
        assert waits["node"] < waits["service"] < waits["pod"]


def test_leaders_that_live_cost_nothing() -> None:
    nothing, everything = _p50(FAST, led=frozenset()), _p50(FAST)
    assert nothing["api"] < 0.1 < everything["api"]
    assert nothing["pod"] + 3 < everything["pod"]


def test_faster_profiles_are_faster() -> None:
    for key in ("calls", "node", "service", "pod"):
        assert _p50(FAST)[key] < _p50(PROFILES["balanced"])[key] < _p50(STOCK)[key]


def test_a_dead_server_that_never_leaves_nginx_never_stops_hurting() -> None:
    told = _predicted(Design(LEGACY, "outside", "nginx"))
    assert told.wait("calls").spread.p50 == float("inf")
    good = _predicted(Design(FAST, "outside", "nginx"))
    assert good.wait("calls").spread.worst < 5


def test_the_minute_between_checks_decides_the_tail_of_the_question() -> None:
    phases = _predicted(Design(LEGACY)).wait("calls").phases
    decisive = max(phases, key=lambda phase: phase.decides)
    assert decisive.name == "the balancer gives the dead one up"
    assert "haproxy.inter_ms=60000" in decisive.timers


def test_the_toleration_decides_a_new_pod_upstream() -> None:
    phases = _predicted(Design(STOCK)).wait("pod").phases
    decisive = max(phases, key=lambda phase: phase.decides)
    assert decisive.timers == ("apiserver.unreachable_s=300",)


def test_without_an_own_api_server_first_a_standby_may_hang() -> None:
    """Two standbys, each on the dead API server with a third: both with a ninth."""
    course = Course(DRAWS)
    taken = story(Design(STOCK)).milestones["controller-manager: a standby takes over"]
    hung = float((course.at(taken) > 40).mean())
    assert hung == pytest.approx(1 / 9, abs=0.02)


@pytest.mark.parametrize(
    "name",
    [
        "etcd.election_ms",
        "controller_manager.leases.duration_ms",
        "controller_manager.grace_ms",
        "apiserver.unreachable_s",
        "kube_proxy.min_sync_ms",
        "haproxy.inter_ms",
        "haproxy.fastinter_ms",
        "haproxy.connect_ms",
        "connections.read_idle_s",
    ],
)
@pytest.mark.parametrize("profile", ["fast", "stock"])
def test_a_longer_timer_never_shortens(name: str, profile: str) -> None:
    """In the median, and in the worst percent."""
    timers = PROFILES[profile]
    *groups, field = name.split(".")
    group = timers
    for part in groups:
        group = getattr(group, part)
    longer = changed(timers, {name: 2 * getattr(group, field) + 1000})
    short, long = _predicted(Design(timers)), _predicted(Design(longer))
    for before, after in zip(short.waits, long.waits, strict=True):
        assert after.spread.p50 >= before.spread.p50 - 0.02
        assert after.spread.p99 >= before.spread.p99 - 0.02


@pytest.mark.parametrize("agent", [False, True])
def test_the_phases_of_a_wait_add_up(agent: bool) -> None:
    for wait in _predicted(Design(STOCK, agent=agent)).waits:
        assert sum(phase.of_time for phase in wait.phases) == pytest.approx(1.0)


def test_agents_wait_neither_for_leases_nor_for_the_grace_period() -> None:
    for timers in PROFILES.values():
        alone, guarded = _p50(timers), _p50(timers, agent=True)
        assert guarded["pod"] < alone["pod"]
        assert guarded["service"] < alone["service"]
        assert guarded["node"] <= alone["node"]
    assert _p50(FAST, agent=True)["pod"] < 5


def test_agents_act_when_the_ring_and_their_knocks_say_so() -> None:
    slow = changed(FAST, {"node_agent.knock_timeout_ms": 2000})
    told = story(Design(slow, agent=True)).milestones["the NoExecute taint"]
    assert Course(DRAWS).at(told).min() > 4


def test_a_leader_that_hung_is_known_afterwards() -> None:
    """By chance it did with a third; then another takes its lease."""
    led: Any = frozenset({"etcd"})
    outcomes: list[Any] = [frozenset(), None, frozenset({"controllers"})]
    outside = [Design(FAST, "outside", "nginx", led, hung=hung) for hung in outcomes]
    lived, chance, hung = (_predicted(design).wait("node").spread for design in outside)
    assert lived.p99 < hung.p1 < hung.p50
    assert lived.p50 <= chance.p50 < hung.p50
    assert chance.p99 > lived.p99


def test_a_dead_server_leaves_nginx_when_one_has_waited_for_it() -> None:
    slow = changed(FAST, {"nginx.connect_ms": 5000})
    assert 5 < _predicted(Design(slow, "outside", "nginx")).wait("calls").spread.p50 < 6
    never = changed(slow, {"nginx.max_fails": 0})
    assert _predicted(Design(never, "outside", "nginx")).wait("calls").spread.p50 == float("inf")


def test_same_seed_same_answer() -> None:
    told = story(Design(FAST))
    assert predict(told, FAST, 1000, 5) == predict(story(Design(FAST)), FAST, 1000, 5)
    assert predict(told, FAST, 1000, 5) != predict(told, FAST, 1000, 6)


def _predicted(design: Design) -> Any:
    return predict(story(design), design.timers, DRAWS)


def _p50(timers: ClusterTimers, led: Any = LEADERS, agent: bool = False) -> dict[str, float]:
    told = _predicted(Design(timers, led=led, agent=agent))
    return {wait.key: wait.spread.p50 for wait in told.waits}

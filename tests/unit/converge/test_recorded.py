"""Cuts of a real cluster, as they were kept: thinned to a few probes, otherwise as recorded."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from holdfast.converge import kinds
from holdfast.converge.explain import Explained, explain
from holdfast.converge.phases import State
from holdfast.drill.timeline import read

CASES = Path(__file__).parents[2] / "cases" / "converge"
FAST = ("fast-all-leaders", "fast-controller-manager", "fast-etcd-leader")
AGENT = "fast-node-agent"
LEASE = "controller_manager.leases.duration_ms"


def recorded(name: str) -> Explained:
    with gzip.open(CASES / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return explain(read(file.read()))


@pytest.mark.parametrize("name", (*FAST, AGENT))
def test_both_times_end_and_their_parts_add_up(name: str) -> None:
    cut = recorded(name)
    for course in cut.courses:
        assert course.total_s is not None
        took = sum(phase.took_s or 0.0 for phase in course.phases)
        assert took == pytest.approx(course.total_s)
        assert not {State.NOT_ENDED, State.NOT_REACHED} & {p.state for p in course.phases}


@pytest.mark.parametrize("name", FAST)
def test_a_takeover_is_part_of_it_exactly_where_the_victim_led(name: str) -> None:
    cut = recorded(name)
    state = {phase.name: phase.state for phase in cut.service.phases}
    led = kinds.CONTROLLER_MANAGER in cut.header.was
    took_over = state["controller-manager: a standby takes over"]
    assert took_over is (State.ENDED if led else State.NOT_NEEDED)


def test_a_watch_that_was_broken_off_has_times_that_did_not_end() -> None:
    """Timers of 2019, stopped before five minutes of toleration were over."""
    cut = recorded("legacy-broken-off")
    assert cut.service.total_s is None
    state = {phase.name: phase.state for phase in cut.service.phases}
    assert state["the node is NotReady"] is State.ENDED
    assert state["its pod is evicted"] is State.NOT_ENDED
    assert state["the first answer"] is State.NOT_REACHED


def test_an_agent_is_there_before_any_controller() -> None:
    """The victim led everything: what is waited for is its standbys' start, not their leases."""
    cut = recorded(AGENT)
    at = {phase.name: phase.at_s for phase in cut.service.phases if phase.at_s is not None}
    course = (
        "the NoExecute taint",
        "its pod is evicted",
        "controller-manager: its controllers run",
        "a replacement is created",
    )
    moments = [at[name] for name in course]
    assert moments == sorted(moments)
    assert "the node is NotReady" not in at
    assert at["controller-manager: a standby takes over"] < cut.header.timer_values[LEASE] / 1000

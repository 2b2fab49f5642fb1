"""Measuring: properties over scripted systems whose true outage is known."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.drill import virtual
from holdfast.drill.measure import Measurement, measure
from holdfast.drill.openloop import asking
from holdfast.drill.timeline import (
    DRILL,
    FAULT,
    STALLED,
    Audit,
    Event,
    Header,
    Line,
    Outcome,
    Sample,
    Timeline,
    stall,
)
from holdfast.probes.memory import Down, MemoryProbe

PERIOD = 0.025
LATENCY = 0.004
HEADER = Header(
    drill="power-off",
    victim="n1",
    victim_host="n1",
    system="shop",
    timers="fast",
    started_at=1000.0,
    objectives={"p": 1.0},
    periods={"p": PERIOD},
)


def recorded(outage: float, at: float, lanes: int, refuses: bool, tail: float = 2.0) -> list[Line]:
    """Ask a scripted system open loop; the fault is at the beginning of its outage."""

    async def watch(clock: Callable[[], float]) -> list[Line]:
        struck = clock() + 2.5 + at
        lines: list[Line] = [HEADER, Event(at=struck, source=DRILL, kind=FAULT)]
        probe = MemoryProbe(
            "p",
            clock,
            lanes=lanes,
            latency=LATENCY,
            downs=(Down(struck, struck + outage, refuses),),
        )
        async with asking([probe], "run", clock, lines.append):
            await asyncio.sleep(2.5 + at + outage + tail)
        return lines

    return virtual.run(watch)


def measured(lines: list[Line]) -> Measurement:
    return measure(Timeline.of(lines))[0]


outages = st.floats(min_value=0.0, max_value=3.0)
phases = st.floats(min_value=0.0, max_value=PERIOD)


@settings(deadline=None, max_examples=30)
@given(outage=outages, at=phases, refuses=st.booleans())
def test_the_truth_lies_in_the_interval(outage: float, at: float, refuses: bool) -> None:
    found = measured(recorded(outage, at, lanes=60, refuses=refuses)).outage
    assert found is not None
    assert found.high is not None
    assert found.low <= outage + 1e-9
    assert outage <= found.high + 1e-9
    assert found.high - found.low <= 3 * PERIOD + 2 * LATENCY


@settings(deadline=None, max_examples=30)
@given(outage=outages, at=phases, refuses=st.booleans())
def test_one_lane_never_hides_an_outage(outage: float, at: float, refuses: bool) -> None:
    """A client with one connection may be out longer than the system, never shorter."""
    found = measured(recorded(outage, at, lanes=1, refuses=refuses)).outage
    assert found is not None
    assert found.high is not None
    assert outage <= found.high + 1e-9


@settings(deadline=None, max_examples=20)
@given(one=outages, other=outages, at=phases, refuses=st.booleans(), lanes=st.sampled_from((1, 60)))
def test_a_longer_outage_never_measures_shorter(
    one: float, other: float, at: float, refuses: bool, lanes: int
) -> None:
    short, long = (
        measured(recorded(outage, at, lanes, refuses)).outage for outage in sorted((one, other))
    )
    assert short is not None and long is not None
    assert short.high is not None and long.high is not None
    assert short.high <= long.high + 1e-9


@settings(deadline=None, max_examples=20)
@given(outage=outages, seed=st.integers())
def test_the_order_of_lines_does_not_matter(outage: float, seed: int) -> None:
    lines = recorded(outage, 0.0, lanes=60, refuses=False)
    shuffled = list(lines)
    random.Random(seed).shuffle(shuffled)
    assert measured(shuffled) == measured(lines)


@pytest.mark.parametrize("lanes", [1, 60])
def test_an_outage_that_never_ended_is_not_zero(lanes: int) -> None:
    found = measured(recorded(100.0, 0.0, lanes, refuses=False, tail=-97.0)).outage
    assert found is not None
    assert found.high is None and found.ended is None
    assert found.low > 2.5


def test_without_a_baseline_nothing_is_measured() -> None:
    lines = recorded(0.5, 0.0, lanes=1, refuses=False)
    struck = next(line.at for line in lines if isinstance(line, Event))
    later = [line for line in lines if not isinstance(line, Sample) or line.sent > struck]
    found = measured(later)
    assert found.outage is None
    assert found.why == "nothing was asked before the fault"


def test_a_bad_answer_before_the_fault_spoils_the_baseline() -> None:
    lines = recorded(0.5, 0.0, lanes=1, refuses=False)
    spoiled = [
        line.model_copy(update={"outcome": Outcome.UNKNOWN})
        if isinstance(line, Sample) and number == 60
        else line
        for number, line in enumerate(lines)
    ]
    assert measured(spoiled).outage is None


def test_without_a_fault_nothing_is_measured() -> None:
    lines = [line for line in recorded(0.5, 0.0, 1, False) if not isinstance(line, Event)]
    assert measured(lines).why == "no fault was recorded"


def slow_answer(seconds: float) -> list[Line]:
    """Good answers all along, one of them late: with one lane the others wait behind it."""
    lines: list[Line] = [HEADER, Event(at=2.5, source=DRILL, kind=FAULT)]
    free = 0.0
    for number in range(200):
        due = number * PERIOD
        sent = max(due, free)
        free = sent + (seconds if number == 110 else LATENCY)
        lines.append(Sample(probe="p", intended=due, sent=sent, done=free, outcome=Outcome.OK))
    return lines


def test_a_late_good_answer_is_an_outage() -> None:
    found = measured(slow_answer(0.8))
    assert found.outage is not None and found.outage.high is not None
    assert found.outage.low <= 0.8 <= found.outage.high
    assert found.failed == found.unknown == 0


def test_answers_that_all_came_late_are_an_outage() -> None:
    """Questions may wait at the gateway, each on its own, until all are answered at once."""
    lines: list[Line] = [HEADER, Event(at=2.5, source=DRILL, kind=FAULT)]
    for number in range(200):
        due = number * PERIOD
        done = max(3.4, due + LATENCY) if 2.5 <= due < 3.4 else due + LATENCY
        lines.append(Sample(probe="p", intended=due, sent=due, done=done, outcome=Outcome.OK))
    found = measured(lines).outage
    assert found is not None and found.high is not None
    assert found.low <= 0.9 <= found.high
    assert found.high - found.low <= 3 * PERIOD


@pytest.mark.parametrize("ends", [True, False])
def test_the_time_in_which_we_did_not_run_proves_nothing(ends: bool) -> None:
    """The system may have answered meanwhile, or not: what nobody saw stays within the interval."""
    tail = 2.0 if ends else -0.5
    lines = recorded(1.5, 0.0, lanes=60, refuses=False, tail=tail)
    struck = next(line.at for line in lines if isinstance(line, Event))
    stalled = Event(at=struck + 1.0, source=DRILL, kind=STALLED, detail=stall(0.8))
    seen, doubted = measured(lines).outage, measured([*lines, stalled]).outage
    assert seen is not None and doubted is not None
    assert doubted.high == seen.high
    assert doubted.low == pytest.approx(seen.low - 0.8)
    elsewhere = stalled.model_copy(update={"at": struck - 0.1})
    assert measured([*lines, elsewhere]).outage == seen


def test_lost_counts_what_any_member_lacks() -> None:
    lines = recorded(0.1, 0.0, lanes=1, refuses=False)
    lines = [
        line.model_copy(update={"key": f"k{n}"}) if isinstance(line, Sample) else line
        for n, line in enumerate(lines)
    ]
    whole = Audit(probe="p", host="n1", found=9, missing=0, complete=True)
    lacking = replace_audit(whole, host="n2", missing=2, missing_keys=("k3", "k4"))
    silent = replace_audit(whole, host="n3", complete=False)
    assert measured([*lines, whole]).lost == 0
    assert measured([*lines, whole, lacking]).lost == 2
    assert measured([*lines, whole, silent]).lost is None
    assert measured(lines).lost is None


def replace_audit(audit: Audit, **changes: object) -> Audit:
    return audit.model_copy(update=changes)

"""Judging: unknown never counts as good, and broken outranks it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.drill.measure import Measurement, Outage
from holdfast.drill.timeline import DRILL, FAULT, RECOVERED, Event, Header, Timeline
from holdfast.drill.verdict import Verdict, judge, worst

TIMELINE = Timeline(
    header=Header(
        drill="kill",
        victim="primary:accounts",
        victim_host="n1",
        system="shop",
        timers="fast",
        started_at=0.0,
        objectives={"p": 1.0},
        periods={"p": 0.025},
    ),
    events=(
        Event(at=1.0, source=DRILL, kind=FAULT),
        Event(at=9.0, source=DRILL, kind=RECOVERED),
    ),
    samples=(),
    audits=(),
)
GOOD = Measurement(
    probe="p",
    period=0.025,
    usual=0.004,
    slow=0.005,
    excused=False,
    writer=True,
    outage=Outage(0.4, 0.45, 1.0, 1.45),
    outages=(),
    asked=100,
    acked=90,
    failed=10,
    unknown=0,
    lost=0,
)


def test_a_doubtful_outage_hides_no_proven_one() -> None:
    """The longest is the machine's, as far as anybody knows; a shorter one was the system's."""
    doubtful, proven = Outage(0.0, 2.5, 5.0, 7.5), Outage(1.7, 1.8, 1.0, 2.8)
    seen = replace(GOOD, outage=doubtful)
    assert judge(TIMELINE, [seen]).probes["p"].verdict is Verdict.UNKNOWN
    found = judge(TIMELINE, [replace(seen, outages=(proven,))]).probes["p"]
    assert found.verdict is Verdict.BROKEN and "1.70 s" in found.why


@given(st.lists(st.sampled_from(Verdict), min_size=1))
def test_broken_outranks_unknown_outranks_held(verdicts: list[Verdict]) -> None:
    for rank in (Verdict.BROKEN, Verdict.UNKNOWN, Verdict.HELD):
        if rank in verdicts:
            assert worst(verdicts) is rank
            return


@pytest.mark.parametrize(
    ("outage", "lost", "verdict"),
    [
        (Outage(0.4, 0.45, 1.0, 1.45), 0, Verdict.HELD),
        (Outage(0.98, 1.02, 1.0, 2.02), 0, Verdict.UNKNOWN),
        (Outage(1.1, 1.15, 1.0, 2.15), 0, Verdict.BROKEN),
        (Outage(30.0, None, 1.0, None), 0, Verdict.BROKEN),
        (Outage(0.5, None, 1.0, None), 0, Verdict.UNKNOWN),
        (None, 0, Verdict.UNKNOWN),
        (Outage(0.4, 0.45, 1.0, 1.45), None, Verdict.UNKNOWN),
        (Outage(0.4, 0.45, 1.0, 1.45), 1, Verdict.BROKEN),
        (Outage(0.98, 1.02, 1.0, 2.02), 1, Verdict.BROKEN),
    ],
)
def test_one_probe(outage: Outage | None, lost: int | None, verdict: Verdict) -> None:
    judged = judge(TIMELINE, [replace(GOOD, outage=outage, lost=lost)])
    assert judged.probes["p"].verdict is verdict
    assert judged.overall is verdict


def test_nothing_measured_is_unknown() -> None:
    assert judge(TIMELINE, []).overall is Verdict.UNKNOWN


def test_not_watched_until_healthy_is_unknown() -> None:
    cut_short = replace(TIMELINE, events=TIMELINE.events[:1])
    assert judge(cut_short, [GOOD]).overall is Verdict.UNKNOWN


def test_no_objective_is_unknown() -> None:
    assert judge(TIMELINE, [replace(GOOD, probe="other")]).overall is Verdict.UNKNOWN

"""What the measurements mean for what users were promised: held, broken, or unknown.

Unknown never counts as good: it outranks held, and broken outranks both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from holdfast.drill.measure import Measurement, Outage
from holdfast.drill.timeline import ABORTED, FAULT, RECOVERED, UNRECOVERED, Timeline


class Verdict(StrEnum):
    HELD = "held"
    BROKEN = "broken"
    UNKNOWN = "unknown"


_RANK = (Verdict.HELD, Verdict.UNKNOWN, Verdict.BROKEN)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Of nothing, unknown."""
    return max(verdicts, key=_RANK.index, default=Verdict.UNKNOWN)


@dataclass(frozen=True)
class Judgement:
    """A verdict and its reason in a few words."""

    verdict: Verdict
    why: str


@dataclass(frozen=True)
class Judged:
    """Everything judged. The excused ones among the probes do not count in `overall`."""

    overall: Verdict
    probes: Mapping[str, Judgement]
    recovery: Judgement


def judge(timeline: Timeline, measurements: Iterable[Measurement]) -> Judged:
    """Hold every probe against its objective, and the system against its own state before."""
    header = timeline.header
    measured = list(measurements)
    probes = {
        m.probe: _probe(m, header.objectives.get(m.probe), header.lost_writes) for m in measured
    }
    counting = [probes[m.probe].verdict for m in measured if not m.excused]
    recovery = _recovery(timeline)
    aborted = [Verdict.UNKNOWN] if timeline.moment(ABORTED) is not None else []
    overall = worst([recovery.verdict, *counting, *aborted]) if counting else Verdict.UNKNOWN
    return Judged(overall=overall, probes=probes, recovery=recovery)


def _probe(measured: Measurement, objective: float | None, allowed: int) -> Judgement:
    parts = [_outage(measured, objective)]
    if measured.writer:
        parts.append(_ledger(measured.lost, allowed))
    decisive = worst(part.verdict for part in parts)
    return Judgement(decisive, "; ".join(p.why for p in parts if p.verdict is decisive))


def _outage(measured: Measurement, objective: float | None) -> Judgement:
    if measured.outage is None:
        return Judgement(Verdict.UNKNOWN, measured.why)
    if objective is None:
        return Judgement(Verdict.UNKNOWN, "no objective")
    # The longest may be in doubt, and a shorter one proven.
    found = [_against(each, objective) for each in (measured.outage, *measured.outages)]
    return max(found, key=lambda each: _RANK.index(each.verdict))


def _against(outage: Outage, objective: float) -> Judgement:
    if outage.low > objective:
        ending = "" if outage.high is not None else ", and did not end"
        return Judgement(Verdict.BROKEN, f"out for at least {outage.low:.2f} s{ending}")
    if outage.high is None:
        return Judgement(Verdict.UNKNOWN, "was still out when the recording stopped")
    if outage.high > objective:
        return Judgement(Verdict.UNKNOWN, f"{objective:g} s lies within the measured interval")
    return Judgement(Verdict.HELD, f"out for at most {outage.high:.2f} s")


def _ledger(lost: int | None, allowed: int) -> Judgement:
    if lost is None:
        return Judgement(Verdict.UNKNOWN, "the ledger could not be checked on every member")
    if lost > allowed:
        return Judgement(Verdict.BROKEN, f"{lost} acknowledged writes lost")
    return Judgement(Verdict.HELD, "nothing acknowledged was lost" if not lost else f"{lost} lost")


def _recovery(timeline: Timeline) -> Judgement:
    fault, recovered = timeline.moment(FAULT), timeline.moment(RECOVERED)
    if fault is not None and recovered is not None:
        return Judgement(Verdict.HELD, f"healthy again {recovered - fault:.1f} s after the fault")
    if timeline.moment(UNRECOVERED) is not None:
        last = next(e for e in reversed(timeline.events) if e.kind == UNRECOVERED)
        return Judgement(Verdict.BROKEN, f"not healthy again: {last.detail}")
    return Judgement(Verdict.UNKNOWN, "not watched until the system was healthy again")

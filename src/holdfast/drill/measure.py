"""How long each probe's users waited, computed from a timeline and nothing else.

An outage is an interval. `high` runs from the moment the last good question was sent to the moment
the first good answer came: nothing longer can hide in it. `low` runs from the first question that
had to wait to the last moment at which it is certain that one still had to, less the time that an
answer may take on a good day, and less the time in which we did not run ourselves: who could not
ask, or hear, proves nothing. The truth lies between.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from statistics import median

from holdfast.drill.timeline import FAULT, Audit, Outcome, Sample, Timeline

BASELINE_S = 2.0
"""So long before the fault every answer must have been good."""

_NOTICED_S = 0.1
"""A pause shorter than this in which everything was answered is no outage."""

Stall = tuple[float, float]
"""From when until when we did not run, on the timeline's clock."""


@dataclass(frozen=True)
class Outage:
    """Seconds; `began` and `ended` are on the timeline's clock. Without `high` it did not end."""

    low: float
    high: float | None
    began: float
    ended: float | None


@dataclass(frozen=True)
class Measurement:
    """What one probe saw.

    `outage` is the longest one after the fault, None when there is no baseline to measure from:
    `why` says so. `outages` are all that were noticed. `lost` is None when the ledger could not
    be checked in full; `usual` and `slow` are the median and the longest time of an answer before
    the fault, in seconds.
    """

    probe: str
    period: float
    usual: float
    slow: float
    excused: bool
    writer: bool
    outage: Outage | None
    outages: tuple[Outage, ...]
    asked: int
    acked: int
    failed: int
    unknown: int
    lost: int | None
    why: str = ""


def measure(timeline: Timeline) -> tuple[Measurement, ...]:
    """Every probe of the header, in its order, measured."""
    by_probe: dict[str, list[Sample]] = {name: [] for name in timeline.header.periods}
    for sample in timeline.samples:
        by_probe.setdefault(sample.probe, []).append(sample)
    return tuple(_measured(timeline, name, samples) for name, samples in by_probe.items())


def _measured(timeline: Timeline, name: str, samples: Sequence[Sample]) -> Measurement:
    fault = timeline.moment(FAULT)
    why, took = _baseline(samples, fault)
    slow = max(took, default=0.0)
    found = [] if why or fault is None else _gaps(samples, fault, slow)
    gaps = [_proven(gap, timeline.stalls) for gap in found]
    if not gaps:
        why = why or "nothing was asked after the fault"
    counts = dict.fromkeys(Outcome, 0)
    for sample in samples:
        counts[sample.outcome] += 1
    writer = any(sample.key for sample in samples)
    return Measurement(
        probe=name,
        period=timeline.header.periods.get(name, 0.0),
        usual=median(took) if took else 0.0,
        slow=slow,
        excused=name in timeline.header.excused,
        writer=writer,
        outage=max(gaps, key=_length, default=None),
        outages=tuple(g for g in gaps if g.high is None or g.low >= _NOTICED_S),
        asked=len(samples),
        acked=counts[Outcome.OK],
        failed=counts[Outcome.FAIL],
        unknown=counts[Outcome.UNKNOWN],
        lost=_lost(timeline.audits, name) if writer else 0,
        why=why,
    )


def _length(outage: Outage) -> float:
    return float("inf") if outage.high is None else outage.high


def _baseline(samples: Sequence[Sample], fault: float | None) -> tuple[str, list[float]]:
    """Why there is none ('' if there is one), and how long each answer took, in seconds."""
    if fault is None:
        return "no fault was recorded", []
    before = [s for s in samples if fault - BASELINE_S <= s.done < fault]
    if not before:
        return "nothing was asked before the fault", []
    if any(s.outcome is not Outcome.OK for s in before):
        return "not every answer was good before the fault", []
    return "", [s.done - s.sent for s in before]


def _proven(outage: Outage, stalls: Iterable[Stall]) -> Outage:
    """Less the time in which we did not run."""
    if outage.high is None or outage.ended is None:
        start, end = outage.began, outage.began + outage.low
    else:
        start, end = outage.ended - outage.high, outage.ended
    blind = sum(max(0.0, min(end, until) - max(start, since)) for since, until in stalls)
    return replace(outage, low=max(0.0, outage.low - blind))


def _gaps(samples: Iterable[Sample], fault: float, slow: float) -> list[Outage]:
    """The time between every two consecutive good answers, the second one after the fault."""
    ordered = sorted(samples, key=lambda s: (s.done, s.sent))
    asked = sorted(ordered, key=lambda s: s.sent)
    good = [s for s in ordered if s.outcome is Outcome.OK]
    # Known to be up at the latest of the sending times so far: answers may overtake each other.
    up = list(accumulate((s.sent for s in good), max))
    gaps = [
        _gap(asked, known, before.done, after, slow)
        for known, before, after in zip(up, good, good[1:], strict=False)
        if after.done >= fault
    ]
    return gaps + _open_end(asked, up[-1], good[-1].done)


def _between(asked: Sequence[Sample], after: float, until: float) -> Sequence[Sample]:
    """Questions sent in (after, until]; `asked` is in order of sending."""
    start = bisect_right(asked, after, key=lambda s: s.sent)
    return asked[start : bisect_right(asked, until, lo=start, key=lambda s: s.sent)]


def _gap(asked: Sequence[Sample], known: float, began: float, after: Sample, slow: float) -> Outage:
    """Between a moment `known` to be good and the good answer `after`."""
    waiting = _between(asked, known, after.done)
    low = _still_out(waiting, after, slow) - waiting[0].sent - slow if waiting else 0.0
    high = after.done - known
    return Outage(low=min(max(0.0, low), high), high=high, began=began, ended=after.done)


def _still_out(waiting: Sequence[Sample], after: Sample, slow: float) -> float:
    """The last moment at which a question certainly had to wait. A question that was sent longer
    than `slow` before `after` came, and was not answered earlier than that, had to."""
    certain = after.done - slow
    proofs = [s.sent for s in waiting if s.sent < certain]
    if after.sent < certain:
        proofs.append(certain)
    unserved = [s for s in waiting if s.outcome is not Outcome.OK and s.sent <= after.sent]
    if unserved:
        proofs.append(_known_out(unserved[-1], after.sent))
    return max(proofs, default=waiting[0].sent)


def _known_out(last: Sample, next_good: float) -> float:
    """Until when the last unserved question proves the outage: its end, unless the next one was
    served meanwhile; then only its beginning."""
    return last.done if last.done <= next_good else last.sent


def _open_end(asked: Sequence[Sample], known: float, began: float) -> list[Outage]:
    """An outage that never ended: nothing after the last good answer was served."""
    unserved = [s for s in _between(asked, known, float("inf")) if s.outcome is not Outcome.OK]
    if not unserved:
        return []
    low = max(s.done for s in unserved) - unserved[0].sent
    return [Outage(low=low, high=None, began=began, ended=None)]


def _lost(audits: Iterable[Audit], probe: str) -> int | None:
    """Acknowledged keys that a member lacks; None unless every member was asked in full."""
    mine = [a for a in audits if a.probe == probe]
    missing = {key for a in mine for key in a.missing_keys}
    if missing:
        return len(missing)
    return 0 if mine and all(a.complete for a in mine) else None

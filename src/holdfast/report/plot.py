"""What the timeline plot draws, as plain data; times are seconds after the fault."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from holdfast.drill.measure import Measurement, Outage
from holdfast.drill.timeline import Sample
from holdfast.report.summary import Step, Summary

_BEFORE_S = 0.4
_AFTER_S = 0.6
_LEAST_S = 2.0
_CLOSE_S = 1.0
"""Single questions are drawn so far around an outage; elsewhere only where they were good."""


def plot(summary: Summary, steps: Sequence[Step]) -> dict[str, Any]:
    zero = summary.zero
    by_probe: dict[str, list[Sample]] = {m.probe: [] for m in summary.measurements}
    for sample in summary.timeline.samples:
        by_probe.setdefault(sample.probe, []).append(sample)
    ends = [sample.done - zero for sample in summary.timeline.samples]
    return {
        "focus": _focus(summary.measurements, steps, zero),
        "whole": [min(ends, default=-1.0), max(ends, default=1.0)],
        "steps": [
            {"at": _ms(step.at_s), "text": step.text, "source": step.source} for step in steps
        ],
        "lanes": [
            _lane(measured, by_probe[measured.probe], summary) for measured in summary.measurements
        ],
    }


def _focus(measurements: Iterable[Measurement], steps: Iterable[Step], zero: float) -> list[float]:
    """From just before the fault until everybody was served again."""
    ends = [
        m.outage.ended - zero
        for m in measurements
        if not m.excused
        and m.outage is not None
        and m.outage.ended is not None
        and m.outage.low > 0
    ]
    took = [step.at_s for step in steps if step.took_s is not None]
    return [-_BEFORE_S, max([_LEAST_S, *ends, *took]) + _AFTER_S]


def _lane(measured: Measurement, samples: Sequence[Sample], summary: Summary) -> dict[str, Any]:
    zero = summary.zero
    ordered = sorted(samples, key=lambda sample: sample.intended)
    return {
        "name": measured.probe,
        "excused": measured.excused,
        "verdict": summary.judged.probes[measured.probe].verdict.value,
        "objective": summary.timeline.header.objectives.get(measured.probe),
        "outages": [_bar(outage, zero) for outage in measured.outages],
        "good": _runs(ordered, zero),
        "questions": [
            [_ms(s.intended - zero), _ms(s.done - s.intended), s.outcome.value, s.detail[:80]]
            for s in ordered
            if _close(s, measured.outages)
        ],
    }


def _bar(outage: Outage, zero: float) -> dict[str, Any]:
    return {
        "began": _ms(outage.began - zero),
        "ended": None if outage.ended is None else _ms(outage.ended - zero),
        "low": _ms(outage.low),
        "high": None if outage.high is None else _ms(outage.high),
    }


def _runs(ordered: Iterable[Sample], zero: float) -> list[list[float]]:
    """Stretches of nothing but good answers."""
    runs = []
    for outcome, group in groupby(ordered, key=lambda sample: sample.outcome.value):
        if outcome == "ok":
            stretch = list(group)
            runs.append([_ms(stretch[0].intended - zero), _ms(stretch[-1].done - zero)])
    return runs


def _close(sample: Sample, outages: Iterable[Outage]) -> bool:
    return any(
        outage.began - _CLOSE_S <= sample.intended
        and (outage.ended is None or sample.intended <= outage.ended + _CLOSE_S)
        for outage in outages
    )


def _ms(seconds: float) -> float:
    return round(seconds, 3)

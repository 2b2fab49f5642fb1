"""Predicted against measured: figures of several runs, each with what was predicted for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from statistics import median

import numpy as np

from holdfast.converge.model.graph import Course, Seconds
from holdfast.converge.model.story import Story

MEDIAN_WITHIN = 0.2
"""Of the measured median, the predicted one may be off by so much."""
INSIDE = 0.95
"""So many of the measured figures are to lie between the first and the last percent."""

_LEAST_S, _LEAST_PHASE_S = 0.05, 0.1
"""A median that is off by less than this is right, whatever its share."""

_DRAWS = 20_000


LEAST_RUNS = 3
"""Of fewer runs the median is a matter of luck, and is not judged."""


class Verdict(StrEnum):
    """FEW: not enough runs to judge a median by; whether they are inside still counts."""

    RIGHT, WRONG, SHOWN, FEW = "right", "wrong", "shown", "few"


@dataclass(frozen=True)
class Figure:
    """What a run has shown, in seconds: between `low` and `high`; infinity for what did not end."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2


@dataclass(frozen=True)
class Case:
    """Runs of one kind: the same loss under the same timers. `waits` are what users saw, by the
    story's keys; `phases` how long each milestone took after the one before. `name`: what cases
    have in common that only differ in what else the lost one was, `; `, and what that was."""

    name: str
    story: Story
    waits: Mapping[str, Sequence[Figure]]
    phases: Mapping[str, Sequence[Figure]]


@dataclass(frozen=True)
class Line:
    """`error` of the median, relative to what was measured; `inside` of `runs` figures lie between
    the first and the last percent. A phase is shown, users' waits are judged."""

    name: str
    figures: tuple[Figure, ...]
    measured: float
    predicted: float
    least: float
    most: float
    judged: bool

    @property
    def runs(self) -> int:
        return len(self.figures)

    def holds(self, figure: Figure) -> bool:
        return figure.high >= self.least and figure.low <= self.most

    @property
    def inside(self) -> int:
        return sum(map(self.holds, self.figures))

    @property
    def error(self) -> float:
        return self.off_s / self.measured if self.measured and isfinite(self.measured) else 0.0

    @property
    def off_s(self) -> float:
        """What never comes is right where it was predicted never to."""
        if self.predicted == self.measured:
            return 0.0
        return self.predicted - self.measured

    @property
    def verdict(self) -> Verdict:
        """A phase is only called wrong when some run was outside of what was predicted, too."""
        least = _LEAST_S if self.judged else _LEAST_PHASE_S
        close = abs(self.off_s) <= max(MEDIAN_WITHIN * self.measured, least)
        if self.judged and self.runs < LEAST_RUNS:
            return Verdict.FEW
        if self.judged:
            return Verdict.RIGHT if close else Verdict.WRONG
        return Verdict.SHOWN if close or self.inside == self.runs else Verdict.WRONG


@dataclass(frozen=True)
class Compared:
    name: str
    lines: tuple[Line, ...]

    @property
    def worst_phase(self) -> Line | None:
        """The phase that the model has wrong by most seconds, if any."""
        wrong = [line for line in self.lines if not line.judged and line.verdict is Verdict.WRONG]
        return max(wrong, key=lambda line: abs(line.off_s), default=None)


@dataclass(frozen=True)
class Pooled:
    """One of users' waits over all cases of a kind: how many times as long as predicted each run's
    was; 1 for what never came, and was not to."""

    kind: str
    name: str
    ratios: tuple[float, ...]
    inside: int

    @property
    def runs(self) -> int:
        return len(self.ratios)

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    @property
    def verdict(self) -> Verdict:
        """The measured median may be so much longer that the predicted one is off by a fifth."""
        if self.runs < LEAST_RUNS:
            return Verdict.FEW
        within = 1 / (1 + MEDIAN_WITHIN) <= self.ratio <= 1 / (1 - MEDIAN_WITHIN)
        return Verdict.RIGHT if within else Verdict.WRONG


@dataclass(frozen=True)
class Judged:
    """Of users' waits only. Nothing to compare is not right."""

    cases: tuple[Compared, ...]

    @property
    def _waits(self) -> list[Line]:
        return [line for case in self.cases for line in case.lines if line.judged]

    @property
    def pooled(self) -> tuple[Pooled, ...]:
        found: dict[tuple[str, str], list[Line]] = {}
        for case in self.cases:
            for line in case.lines:
                if line.judged:
                    kind = case.name.partition(";")[0]
                    found.setdefault((kind, line.name), []).append(line)
        return tuple(
            Pooled(
                kind,
                name,
                tuple(_ratio(f, line) for line in lines for f in line.figures),
                sum(line.inside for line in lines),
            )
            for (kind, name), lines in found.items()
        )

    @property
    def inside(self) -> tuple[int, int]:
        """How many figures lie where they were predicted, and of how many."""
        return sum(line.inside for line in self._waits), sum(line.runs for line in self._waits)

    @property
    def holds(self) -> bool:
        within, total = self.inside
        verdicts = {line.verdict for line in self._waits} | {each.verdict for each in self.pooled}
        return total > 0 and Verdict.WRONG not in verdicts and within >= INSIDE * total


def _ratio(figure: Figure, line: Line) -> float:
    if figure.middle == line.predicted or abs(figure.middle - line.predicted) <= _LEAST_S:
        return 1.0
    return figure.middle / line.predicted if isfinite(line.predicted) else 0.0


def judge(cases: Sequence[Case], seed: int = 0) -> Judged:
    return Judged(tuple(_compared(case, seed) for case in cases))


def _compared(case: Case, seed: int) -> Compared:
    course = Course(_DRAWS, seed)
    lines = []
    for seen in case.story.seen:
        if figures := case.waits.get(seen.key):
            drawn = course.at(seen.moment) - course.at(seen.since)
            lines.append(_line(seen.key, figures, drawn, judged=True))
    drawn_phases = took(case.story, course)
    for name, figures in case.phases.items():
        if figures and name in drawn_phases:
            lines.append(_line(name, figures, drawn_phases[name], judged=False))
    return Compared(case.name, tuple(lines))


def took(story: Story, course: Course) -> dict[str, Seconds]:
    """How long each milestone is predicted to take after those before it: what lies in the shadow
    of an earlier one takes nothing. Of those beside, nothing can be said."""
    found: dict[str, Seconds] = {}
    before = np.zeros(course.draws)
    for name, moment in story.milestones.items():
        if name in story.beside:
            continue
        at = course.at(moment)
        found[name] = np.maximum(0.0, at - before)
        before = np.maximum(before, at)
    return found


def _line(name: str, figures: Sequence[Figure], drawn: Seconds, *, judged: bool) -> Line:
    least, middle, most = (float(q) for q in np.quantile(drawn, _RANKS, method="inverted_cdf"))
    measured = median(figure.middle for figure in figures)
    return Line(name, tuple(figures), measured, middle, least, most, judged)


_RANKS = (0.01, 0.5, 0.99)

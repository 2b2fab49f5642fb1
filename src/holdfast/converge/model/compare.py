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


class Verdict(StrEnum):
    RIGHT, WRONG, SHOWN = "right", "wrong", "shown"


@dataclass(frozen=True)
class Figure:
    """What a run has shown, in seconds: between `low` and `high`."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2


@dataclass(frozen=True)
class Case:
    """Runs of one kind: the same loss under the same timers. `waits` are what users saw, by the
    story's keys; `phases` how long each milestone took after the one before."""

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
        return (self.predicted - self.measured) / self.measured if self.measured else 0.0

    @property
    def off_s(self) -> float:
        return self.predicted - self.measured

    @property
    def verdict(self) -> Verdict:
        """A phase is only called wrong when some run was outside of what was predicted, too."""
        least = _LEAST_S if self.judged else _LEAST_PHASE_S
        close = abs(self.error) <= MEDIAN_WITHIN or abs(self.off_s) <= least
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
class Judged:
    """Of users' waits only. Nothing to compare is not right."""

    cases: tuple[Compared, ...]

    @property
    def _waits(self) -> list[Line]:
        return [line for case in self.cases for line in case.lines if line.judged]

    @property
    def inside(self) -> tuple[int, int]:
        """How many figures lie where they were predicted, and of how many."""
        return sum(line.inside for line in self._waits), sum(line.runs for line in self._waits)

    @property
    def holds(self) -> bool:
        within, total = self.inside
        medians = all(line.verdict is Verdict.RIGHT for line in self._waits)
        return total > 0 and medians and within >= INSIDE * total


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
    least, middle, most = (float(q) for q in np.quantile(drawn[np.isfinite(drawn)], _RANKS))
    measured = median(figure.middle for figure in figures if isfinite(figure.middle))
    return Line(name, tuple(figures), measured, middle, least, most, judged)


_RANKS = (0.01, 0.5, 0.99)

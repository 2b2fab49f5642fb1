"""Many cuts beside each other: medians, and how far they spread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf, isinf
from statistics import median

from holdfast.converge import kinds
from holdfast.converge.explain import Explained
from holdfast.converge.phases import Course, Phase, State


@dataclass(frozen=True)
class Spread:
    """Seconds of several cuts; infinity stands for what did not end."""

    figures: tuple[float, ...]

    @property
    def least(self) -> float:
        return min(self.figures)

    @property
    def median(self) -> float:
        return median(self.figures)

    @property
    def most(self) -> float:
        return max(self.figures)

    def __str__(self) -> str:
        """`0.82 (0.75 .. 1.31)`; of one cut, that one."""
        if not self.figures:
            return "-"
        if len(self.figures) == 1:
            return seconds(self.median)
        return f"{seconds(self.median)} ({seconds(self.least)} .. {seconds(self.most)})"


@dataclass(frozen=True)
class Row:
    """A phase over several cuts. `states`: how often it was what, if it did not just end."""

    name: str
    took: Spread
    timers: tuple[str, ...]
    states: dict[State, int]


@dataclass(frozen=True)
class Batch:
    """Cuts of one kind: the same timers, the same way to the API, with or without agents."""

    timers: str
    endpoint: str
    agent: bool
    cuts: tuple[Explained, ...]

    @property
    def title(self) -> str:
        return f"{self.timers}, {self.endpoint}{', node agent' if self.agent else ''}"

    @property
    def courses(self) -> tuple[tuple[Course, ...], ...]:
        """Each of the times, over all cuts."""
        return tuple(zip(*(cut.courses for cut in self.cuts), strict=True))

    def answered(self, group: str) -> Spread:
        """When the last client of a group had its first good answer; of the cuts that had any."""
        asked = (cut.answered_s[group] for cut in self.cuts if group in cut.answered_s)
        return spread(asked)

    @property
    def tail(self) -> tuple[int, int]:
        """New connections to the API that were lost after the first answer, and how many there
        were; of the cuts in which it came."""
        tails = [cut.tail for cut in self.cuts if cut.tail is not None]
        return sum(tail.bad for tail in tails), sum(tail.asked for tail in tails)

    @property
    def failed(self) -> dict[str, tuple[int, int]]:
        """By way: requests to surviving pods that failed, and how many there were."""
        found: dict[str, tuple[int, int]] = {}
        for cut in self.cuts:
            for way, lost in cut.survivors.items():
                bad, asked = found.get(way, (0, 0))
                found[way] = bad + lost.bad, asked + lost.asked
        return found

    @property
    def load(self) -> str:
        """How busy the machine was before the cuts, such as `0.8 .. 2.1`."""
        machines = (cut.header.machine for cut in self.cuts)
        told = sorted(float(machine["load"]) for machine in machines if "load" in machine)
        return " .. ".join(dict.fromkeys(f"{load:.1f}" for load in (*told[:1], *told[-1:]))) or "-"

    def survivors(self, way: str) -> Spread:
        """When the last request to a surviving pod failed; 0 if none did."""
        found = (cut.survivors[way] for cut in self.cuts if way in cut.survivors)
        return spread(lost.last_s or 0.0 for lost in found)

    def figures(self) -> dict[str, Spread]:
        """What is put side by side."""
        totals = {each[0].name: spread(c.total_s for c in each) for each in self.courses}
        groups = dict.fromkeys(
            group
            for cut in self.cuts
            for group in cut.answered_s
            if not group.startswith(kinds.WEB)
        )
        watched = [cut.heard.values() for cut in self.cuts if cut.heard]
        last = spread(None if None in heard else max(filter(None, heard)) for heard in watched)
        ways = dict.fromkeys(way for cut in self.cuts for way in cut.survivors)
        return {
            **totals,
            **{f"first answer: {group}": self.answered(group) for group in groups},
            **({"the last long watch hears of the lost node": last} if watched else {}),
            **{f"surviving pods, {way}: last failure": self.survivors(way) for way in ways},
        }


def batches(cuts: Iterable[Explained]) -> tuple[Batch, ...]:
    """In the order of their first cut."""
    found: dict[tuple[str, str, bool], list[Explained]] = {}
    for cut in sorted(cuts, key=lambda each: each.header.started_at):
        header = cut.header
        found.setdefault((header.timers, header.endpoint, header.node_agent), []).append(cut)
    return tuple(Batch(*kind, tuple(own)) for kind, own in found.items())


def spread(figures: Iterable[float | None]) -> Spread:
    return Spread(tuple(inf if figure is None else figure for figure in figures))


def rows(courses: Sequence[Course]) -> tuple[Row, ...]:
    """The phases of one time over several cuts. A phase that did not end took for ever; one that
    was not reached is left out of the figures."""
    return tuple(
        _row([course.phases[place] for course in courses])
        for place in range(len(courses[0].phases))
    )


def _row(phases: Sequence[Phase]) -> Row:
    took = [
        inf if phase.state is State.NOT_ENDED else phase.took_s
        for phase in phases
        if phase.took_s is not None
    ]
    states = [phase.state for phase in phases if phase.state is not State.ENDED]
    return Row(
        name=phases[0].name,
        took=Spread(tuple(took)),
        timers=phases[0].timers,
        states={state: states.count(state) for state in dict.fromkeys(states)},
    )


def seconds(value: float | None) -> str:
    if value is None or isinf(value):
        return "not ended"
    return f"{value:.2f}"

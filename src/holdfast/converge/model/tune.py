"""Which timers to change so that users wait no longer than they were promised.

First the smallest change: the knob that helps most is turned, again and again, until every
objective holds; then each one is turned back as far as they allow. From there, one turn at a time,
what else there is: faster, safer, cheaper. Nothing that breaks a rule between timers, or that takes
healthy parts for dead more often than is bearable, is ever proposed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isinf
from typing import Any

from holdfast.converge.model import knobs
from holdfast.converge.model.cost import Cost, cost
from holdfast.converge.model.knobs import Knob, Setting
from holdfast.converge.model.predict import spreads
from holdfast.converge.model.stability import QUIET, Stalls, per_year
from holdfast.converge.model.story import Story
from holdfast.timers import rules as machine_rules
from holdfast.timers.change import changed, named
from holdfast.timers.cluster import rules as cluster_rules
from holdfast.timers.cluster.model import ClusterTimers
from holdfast.timers.model import Timers

AnyTimers = ClusterTimers | Timers
Turns = tuple[tuple[str, int], ...]
"""Which knob is turned to which of its settings, by name."""

_HELPS = 1e-3
"""Less than this, relative, is no help."""

_MOST_STEPS, _MOST_POINTS = 12, 8


@dataclass(frozen=True)
class Aim:
    """`objectives`: seconds by what users see; they hold at `rank`, such as p99. `bearable`: false
    failovers per year."""

    objectives: Mapping[str, float]
    rank: str = "p99"
    bearable: float = 1.0
    stalls: Stalls = QUIET
    hosts: int = 3
    draws: int = 4000


@dataclass(frozen=True)
class Point:
    """Timers, what they give, and what they cost. `broken`: codes of rules that do not hold."""

    turns: Turns
    timers: AnyTimers
    waits: Mapping[str, float]
    false_per_year: float
    cost: Cost
    broken: tuple[str, ...]

    def misses(self, aim: Aim) -> float:
        """0 when every objective holds; else by how much, as a sum of ratios above 1."""
        return sum(_excess(self.waits[key], most) for key, most in aim.objectives.items())

    def allowed(self, aim: Aim) -> bool:
        return not self.broken and self.false_per_year <= aim.bearable


@dataclass(frozen=True)
class Step:
    """One knob turned, and the point that is reached with it and those before."""

    knob: str
    values: Setting
    point: Point


@dataclass(frozen=True)
class Advice:
    """`steps` lead from `start` to the smallest change that does; `reached` says whether it does.
    `front`: points none of which is better than another in every way."""

    start: Point
    steps: tuple[Step, ...]
    reached: bool
    front: tuple[Point, ...]

    @property
    def end(self) -> Point:
        return self.steps[-1].point if self.steps else self.start


def tune(timers: AnyTimers, make: Callable[[Any], Story], aim: Aim) -> Advice:
    """`make` tells the story of other timers. Raises KeyError for an objective that none has."""
    search = _Search(timers, make, aim)
    end = search.smallest()
    steps = search.steps(end)
    return Advice(search.start, steps, end.misses(aim) == 0 and end.allowed(aim), search.front(end))


def _excess(seconds: float, most: float) -> float:
    """Never is bad, and still the less the sooner everything else is."""
    return 1e6 if isinf(seconds) else max(0.0, seconds / most - 1)


class _Search:
    def __init__(self, timers: AnyTimers, make: Callable[[Any], Story], aim: Aim) -> None:
        self._timers, self._make, self._aim = timers, make, aim
        cluster = isinstance(timers, ClusterTimers)
        self._knobs = {knob.name: knob for knob in (knobs.CLUSTER if cluster else knobs.MACHINES)}
        self._known: dict[Turns, Point] = {}

    @cached_property
    def start(self) -> Point:
        return self._at(())

    def smallest(self) -> Point:
        point = self.start
        for _ in range(_MOST_STEPS):
            if point.misses(self._aim) == 0 and point.allowed(self._aim):
                break
            better = self._best(point)
            if better is None:
                break
            point = better
        return self._relaxed(point)

    def steps(self, end: Point) -> tuple[Step, ...]:
        """In the order in which each one that is allowed buys most."""
        left, point, found = dict(end.turns), self.start, list[Step]()
        while left:
            tried = {name: self._at(_with(point.turns, name, left[name])) for name in left}
            name = min(tried, key=lambda n: (bool(tried[n].broken), tried[n].misses(self._aim)))
            found.append(Step(name, self._knobs[name].settings[left.pop(name)], tried[name]))
            point = tried[name]
        return tuple(found)

    def front(self, end: Point) -> tuple[Point, ...]:
        """Of the points that do, up to two turns from the smallest change."""
        found = {end.turns: end}
        for _ in range(2):
            for point in self._undominated(found.values()):
                found |= {other.turns: other for other in self._turned(point)}
        kept = self._undominated(found.values())
        return tuple(sorted(kept, key=lambda p: (len(p.turns), *_virtues(p))))

    def _undominated(self, points: Iterable[Point]) -> list[Point]:
        """Of those that do, at most so many, evenly from the safest to the quickest."""
        good = [p for p in points if p.allowed(self._aim) and p.misses(self._aim) == 0]
        kept = [p for p in good if not any(_dominates(other, p) for other in good)]
        unlike = {_virtues(p)[:-1]: p for p in sorted(kept, key=_virtues, reverse=True)}
        ordered = list(unlike.values())
        return ordered[:: max(1, -(-len(ordered) // _MOST_POINTS))]

    def _best(self, point: Point) -> Point | None:
        """The turn that helps most; of those that help alike, the one that changes least."""
        aim, before = self._aim, (point.misses(self._aim), len(point.broken))
        allowed = [p for p in self._tried(point) if not set(p.broken) - set(point.broken)]
        allowed = [
            p for p in allowed if p.false_per_year <= max(aim.bearable, point.false_per_year)
        ]
        better = [p for p in allowed if _helps((p.misses(aim), len(p.broken)), before)]
        return min(
            better,
            key=lambda p: (len(p.broken), round(p.misses(aim), 3), len(p.turns), p.false_per_year),
            default=None,
        )

    def _tried(self, point: Point) -> Iterator[Point]:
        """Every turn of one knob; where a rule forbids it, together with one other turn that makes
        it right."""
        for other in self._turned(point):
            yield other
            if set(other.broken) - set(point.broken):
                mended = (p for p in self._turned(other) if not set(p.broken) - set(point.broken))
                yield from sorted(mended, key=lambda p: p.cost.cores)[:1]

    def _turned(self, point: Point) -> Iterator[Point]:
        for knob in self._knobs.values():
            for place in range(len(knob.settings)):
                turns = _with(point.turns, knob.name, place)
                if turns != point.turns and not self._idle(turns, knob, place):
                    yield self._at(turns)

    def _idle(self, turns: Turns, knob: Knob, place: int) -> bool:
        """The setting is what it was at the beginning."""
        return all(self._values[name] == value for name, value in knob.settings[place].items())

    def _relaxed(self, point: Point) -> Point:
        """Each knob back as far as what has been reached allows."""
        misses = point.misses(self._aim)
        for name, place in point.turns:
            others = tuple(turn for turn in point.turns if turn[0] != name)
            milder = [others, *(_with(others, name, before) for before in range(place))]
            for turns in milder:
                tried = self._at(turns)
                if (
                    not tried.broken
                    and tried.allowed(self._aim)
                    and (tried.misses(self._aim) <= misses * (1 + _HELPS))
                ):
                    point = tried
                    break
        return point

    @cached_property
    def _values(self) -> dict[str, Any]:
        return named(self._timers)

    def _at(self, turns: Turns) -> Point:
        if turns not in self._known:
            values: dict[str, Any] = {}
            for name, place in turns:
                values |= self._knobs[name].settings[place]
            self._known[turns] = self._point(turns, changed(self._timers, values))
        return self._known[turns]

    def _point(self, turns: Turns, timers: AnyTimers) -> Point:
        aim = self._aim
        broken = tuple(sorted({finding.code for finding in _findings(timers)}))
        return Point(
            turns,
            timers,
            _Waits(self._make, timers, aim),
            per_year(timers, aim.stalls, aim.hosts),
            cost(timers, aim.hosts),
            broken,
        )


class _Waits(Mapping[str, float]):
    """Drawn when somebody asks: most points are ruled out before."""

    def __init__(self, make: Callable[[Any], Story], timers: AnyTimers, aim: Aim) -> None:
        self._make, self._timers, self._aim = make, timers, aim

    @cached_property
    def _drawn(self) -> dict[str, float]:
        keys = tuple(self._aim.objectives)
        found = spreads(self._make(self._timers), keys, self._aim.draws)
        return {key: float(getattr(found[key], self._aim.rank)) for key in keys}

    def __getitem__(self, key: str) -> float:
        return self._drawn[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._aim.objectives)

    def __len__(self) -> int:
        return len(self._aim.objectives)


def _findings(timers: AnyTimers) -> Sequence[Any]:
    if isinstance(timers, ClusterTimers):
        return cluster_rules.findings(timers)
    return machine_rules.findings(timers)


def _with(turns: Turns, name: str, place: int) -> Turns:
    return tuple(sorted((*(turn for turn in turns if turn[0] != name), (name, place))))


def _helps(after: tuple[float, int], before: tuple[float, int]) -> bool:
    return after[1] < before[1] or (after[1] == before[1] and after[0] < before[0] * (1 - _HELPS))


def _virtues(point: Point) -> tuple[float, ...]:
    """Each the better the smaller; rounded, so that luck does not make a difference."""
    waits = (round(seconds, 1) for seconds in point.waits.values())
    return (*waits, round(point.false_per_year, 2), round(point.cost.cores, 2), len(point.turns))


def _dominates(one: Point, other: Point) -> bool:
    first, second = _virtues(one), _virtues(other)
    return first != second and all(a <= b for a, b in zip(first, second, strict=True))

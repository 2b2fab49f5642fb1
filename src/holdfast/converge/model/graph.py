"""Moments after a fault, and how each follows from others: one after the other (sum), when all are
there (maximum), when the first is there (minimum), or one of two by chance.

A moment is known only by its law; a `Course` draws it. Each named step draws from a stream of its
own, so two courses with one seed differ only in what their timers change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Protocol
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.float64]
Chosen = NDArray[np.bool_]


class Law(Protocol):
    """How long something takes, in seconds."""

    def draw(self, chance: np.random.Generator, since: Seconds, *seen: Seconds) -> Seconds:
        """As many durations as `since` has moments. `since` is when it begins, in seconds after
        the fault; `seen` are other moments that it depends on."""
        ...


@dataclass(frozen=True, eq=False)
class Fault:
    """The moment from which all others are counted."""


@dataclass(frozen=True, eq=False)
class Step:
    """`name` took `law` after `after`. `timers` are the names of those that set it; `seen` other
    moments that the law looks at; `twin` the number among several that are alike and have one
    name, but luck of their own."""

    name: str
    after: Moment
    law: Law
    timers: tuple[str, ...] = ()
    seen: tuple[Moment, ...] = ()
    twin: int = 0


@dataclass(frozen=True, eq=False)
class Latest:
    """When all of them are there."""

    of: tuple[Moment, ...]


@dataclass(frozen=True, eq=False)
class Earliest:
    """When the first of them is there."""

    of: tuple[Moment, ...]


@dataclass(frozen=True, eq=False)
class Either:
    """`so` with a probability of `chance`, else `other`. One name and twin, one throw."""

    name: str
    chance: float
    so: Moment
    other: Moment
    twin: int = 0


Moment = Fault | Step | Latest | Earliest | Either
FAULT = Fault()


def latest(*moments: Moment) -> Moment:
    return moments[0] if len(moments) == 1 else Latest(moments)


def earliest(*moments: Moment) -> Moment:
    return moments[0] if len(moments) == 1 else Earliest(moments)


@dataclass(frozen=True)
class Share:
    """A phase's part in a moment: in how many of the draws it lies on the critical path, in how
    many it is the longest there, and which part of the moment's mean time it makes up. `took` are
    its durations where it lies on the path, `ends` when it was over; twins count as one."""

    name: str
    timers: tuple[str, ...]
    on_path: float
    decides: float
    of_time: float
    took: Seconds
    ends: Seconds


class Course:
    """Draws of moments; each is drawn once and kept."""

    def __init__(self, draws: int, seed: int = 0) -> None:
        self.draws = draws
        self._seed = seed
        self._at: dict[Moment, Seconds] = {}
        self._took: dict[Step, Seconds] = {}

    def at(self, moment: Moment) -> Seconds:
        """Seconds after the fault."""
        if moment not in self._at:
            self._at[moment] = self._drawn(moment)
        return self._at[moment]

    def took(self, step: Step) -> Seconds:
        """How long a step took, in seconds."""
        self.at(step)
        return self._took[step]

    def shares(self, moment: Moment, since: Moment = FAULT) -> list[Share]:
        """The phases that ever lie on the critical path from `since`, which must be on every one,
        to the moment, in order of their mean end. Of draws in which it never comes, nothing is
        told."""
        total = self.at(moment) - self.at(since)
        finite = np.isfinite(total)
        trodden: dict[str, _Trodden] = {}
        for step, chosen in self._path(moment, finite, since):
            found = trodden.setdefault(step.name, _Trodden(step.timers, self.draws))
            found.add(chosen, self._took[step], self._at[step])
        longest = reduce(np.maximum, (each.took for each in trodden.values()), np.zeros(self.draws))
        draws, mean = max(1, int(finite.sum())), float(total[finite].sum()) or 1.0
        forward = reversed(trodden.items())
        ordered = sorted(forward, key=lambda item: item[1].mean_end())
        return [each.share(name, longest, draws, mean) for name, each in ordered]

    def _drawn(self, moment: Moment) -> Seconds:
        if isinstance(moment, Fault):
            return np.zeros(self.draws)
        if isinstance(moment, Step):
            since = self.at(moment.after)
            seen = [self.at(other) for other in moment.seen]
            took = moment.law.draw(self._stream(moment), since, *seen)
            self._took[moment] = took
            return np.asarray(since + took)
        if isinstance(moment, Either):
            return np.where(self._so(moment), self.at(moment.so), self.at(moment.other))
        join = np.maximum if isinstance(moment, Latest) else np.minimum
        return reduce(join, (self.at(part) for part in moment.of))

    def _path(self, moment: Moment, chosen: Chosen, since: Moment) -> Iterator[tuple[Step, Chosen]]:
        """Steps from the end to the beginning, each with the draws whose path leads over it: in
        one draw there is one path."""
        if moment is since or isinstance(moment, Fault) or not chosen.any():
            return
        if isinstance(moment, Step):
            yield moment, chosen
            yield from self._path(moment.after, chosen, since)
        elif isinstance(moment, Either):
            so = self._so(moment)
            yield from self._path(moment.so, chosen & so, since)
            yield from self._path(moment.other, chosen & ~so, since)
        else:
            decisive = self.at(moment)
            left = chosen
            for part in moment.of:
                mine = left & (self.at(part) == decisive)
                left = left & ~mine
                yield from self._path(part, mine, since)

    def _so(self, moment: Either) -> Chosen:
        return np.asarray(self._stream(moment).random(self.draws) < moment.chance)

    def _stream(self, moment: Step | Either) -> np.random.Generator:
        return np.random.default_rng((self._seed, crc32(moment.name.encode()), moment.twin))


class _Trodden:
    """Where critical paths led over one phase."""

    def __init__(self, timers: tuple[str, ...], draws: int) -> None:
        self._timers = timers
        self._chosen = np.zeros(draws, bool)
        self._ends = np.zeros(draws)
        self.took = np.zeros(draws)

    def add(self, chosen: Chosen, took: Seconds, ends: Seconds) -> None:
        """Twins may follow each other on one path; then it took them together."""
        self._chosen |= chosen
        self.took[chosen] += took[chosen]
        self._ends[chosen] = ends[chosen]

    def mean_end(self) -> float:
        return float(self._ends[self._chosen].mean()) if self._chosen.any() else 0.0

    def share(self, name: str, longest: Seconds, draws: int, mean: float) -> Share:
        decisive = self._chosen & (self.took > 0) & (self.took >= longest)
        return Share(
            name,
            self._timers,
            on_path=float(self._chosen.sum()) / draws,
            decides=float(decisive.sum()) / draws,
            of_time=float(self.took.sum()) / mean,
            took=self.took[self._chosen],
            ends=self._ends[self._chosen],
        )

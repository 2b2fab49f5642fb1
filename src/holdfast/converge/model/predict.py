"""A story drawn many times: how long users wait, which phases that is made of, and which decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel

from holdfast.converge.model.graph import Course, Seconds, Share
from holdfast.converge.model.story import Seen, Story
from holdfast.timers.change import named

DRAWS = 100_000

_CURVE = 200
"""Points of a distribution."""


@dataclass(frozen=True)
class Spread:
    """Seconds. `worst` is the longest of all draws; infinity means that it may never come."""

    p1: float
    p50: float
    p90: float
    p99: float
    worst: float

    @classmethod
    def of(cls, seconds: Seconds) -> Spread:
        """Of at least one figure; each is one that was drawn."""
        ranks = (0.01, 0.5, 0.9, 0.99, 1.0)
        return cls(*(float(q) for q in np.quantile(seconds, ranks, method="inverted_cdf")))


@dataclass(frozen=True)
class Phase:
    """Part of a wait. `took`, where it counts, and when it `began` and `ended`, counted from where
    the wait begins; `timers` with their values; `on_path`, `decides` and `of_time` as in
    `graph.Share`."""

    name: str
    timers: tuple[str, ...]
    took: Spread
    began: Spread
    ended: Spread
    on_path: float
    decides: float
    of_time: float


@dataclass(frozen=True)
class Wait:
    """`curve`: the same number of draws lies between each two of these, the least and the longest
    among them."""

    key: str
    words: str
    spread: Spread
    curve: tuple[float, ...]
    phases: tuple[Phase, ...]


@dataclass(frozen=True)
class Prediction:
    title: str
    draws: int
    seed: int
    waits: tuple[Wait, ...]

    def wait(self, key: str) -> Wait:
        """Raises KeyError for a name that the story does not have."""
        for wait in self.waits:
            if wait.key == key:
                return wait
        raise KeyError(key)


def predict(story: Story, timers: BaseModel, draws: int = DRAWS, seed: int = 0) -> Prediction:
    """`timers` are those that the story was made of: their values stand beside the phases."""
    course, values = Course(draws, seed), named(timers)
    waits = tuple(_wait(course, seen, values) for seen in story.seen)
    return Prediction(story.title, draws, seed, waits)


def spreads(story: Story, keys: Sequence[str], draws: int, seed: int = 0) -> dict[str, Spread]:
    """Only how long users wait, for whoever asks often."""
    course = Course(draws, seed)
    return {s.key: Spread.of(_waited(course, s)) for s in story.seen if s.key in keys}


def _waited(course: Course, seen: Seen) -> Seconds:
    return np.asarray(course.at(seen.moment) - course.at(seen.since))


def _wait(course: Course, seen: Seen, values: Mapping[str, Any]) -> Wait:
    waited = _waited(course, seen)
    shares = course.shares(seen.moment, seen.since)
    since = float(np.median(course.at(seen.since)))
    return Wait(
        seen.key,
        seen.words,
        Spread.of(waited),
        curve(waited),
        tuple(_phase(share, since, values) for share in shares if share.on_path),
    )


def curve(seconds: Seconds) -> tuple[float, ...]:
    """Figures at evenly spaced shares of all."""
    ranks = np.linspace(0, 1, _CURVE + 1)
    return tuple(float(q) for q in np.quantile(seconds, ranks, method="inverted_cdf"))


def _phase(share: Share, since: float, values: Mapping[str, Any]) -> Phase:
    ends = share.ends - since
    return Phase(
        share.name,
        tuple(f"{name}={_shown(values[name])}" for name in share.timers if name in values),
        Spread.of(share.took),
        Spread.of(ends - share.took),
        Spread.of(ends),
        share.on_path,
        share.decides,
        share.of_time,
    )


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

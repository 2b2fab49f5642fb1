"""Laws that belong to no part of the stack in particular."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from holdfast.converge.model.graph import Seconds
from holdfast.timers.model import Group

NINETY, _MOST = 1.2815515655446004, 3.0902323061678132
"""The standard normal distribution's quantiles of 0.9 and of 0.999."""


class Took(Group):
    """Work, as a machine does it: lognormal, given by its median and its 90th percentile in
    seconds. Work has no timer; the figures are measurements of one machine, see `pace`."""

    p50: float = Field(ge=0)
    p90: float = Field(ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.p90 < self.p50:
            raise ValueError("p90 is below p50")
        return self

    def times(self, factor: float) -> Took:
        return Took(p50=self.p50 * factor, p90=self.p90 * factor)

    def draw(self, chance: np.random.Generator, since: Seconds, *_seen: Seconds) -> Seconds:
        """p50 x (p90 / p50) ^ (z / 1.28), z standard normal, cut at one in a thousand: what is
        rarer was never measured."""
        if self.p50 == 0:
            return np.zeros(since.size)
        sigma = np.log(self.p90 / self.p50) / NINETY
        z = np.clip(chance.standard_normal(since.size), -_MOST, _MOST)
        return np.asarray(self.p50 * np.exp(sigma * z))


@dataclass(frozen=True)
class Fixed:
    """Exactly so many seconds."""

    seconds: float

    def draw(self, _chance: np.random.Generator, since: Seconds, *_seen: Seconds) -> Seconds:
        return np.full(since.size, self.seconds)


@dataclass(frozen=True)
class Uniform:
    """Anything between two figures, in seconds: what is left of a period when the fault falls into
    it at no particular time."""

    least: float
    most: float

    def draw(self, chance: np.random.Generator, since: Seconds, *_seen: Seconds) -> Seconds:
        return np.asarray(self.least + (self.most - self.least) * chance.random(since.size))


@dataclass(frozen=True)
class Sometimes:
    """So many seconds with a probability of `chance`, else none."""

    chance: float
    seconds: float

    def draw(self, chance: np.random.Generator, since: Seconds, *_seen: Seconds) -> Seconds:
        return np.where(chance.random(since.size) < self.chance, self.seconds, 0.0)

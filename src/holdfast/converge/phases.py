"""A time taken apart into phases that add up to it.

Milestones stand in the order in which one waits for the other. Each phase lasts from the milestone
before to its own. A milestone in the shadow of an earlier one took nothing; one that came after
what was to wait for it was not waited for. Nothing is invented: what was not seen says so, and its
time falls to the next phase.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

_TOGETHER_S = 0.25
"""Two witnesses may tell of cause and effect in the wrong order by so much."""


class State(StrEnum):
    """NOT_NEEDED: the victim did not play that role. ASIDE: it happened, and nobody waited for it.
    NOT_SEEN: it must have happened, unwitnessed. NOT_ENDED: waited for in vain to the end of the
    watch. NOT_REACHED: comes after one that did not end."""

    ENDED = "ended"
    NOT_NEEDED = "not needed"
    ASIDE = "not waited for"
    NOT_SEEN = "not seen"
    NOT_ENDED = "not ended"
    NOT_REACHED = "not reached"


@dataclass(frozen=True)
class Milestone:
    """`at_s` after the cut, None if nobody saw it. `timers` are names in the header. `beside`: it
    waits for none of those before it, though those after it wait for it as for all others."""

    name: str
    at_s: float | None
    timers: tuple[str, ...] = ()
    who: str = ""
    detail: str = ""
    needed: bool = True
    beside: bool = False


@dataclass(frozen=True)
class Phase:
    """`took_s` since the milestones before; for one that did not end, for how long it had been
    waited for when the watch ended. None where there is nothing to tell."""

    name: str
    state: State
    at_s: float | None
    took_s: float | None
    who: str
    detail: str
    timers: tuple[str, ...]


@dataclass(frozen=True)
class Course:
    """One of the times. `total_s` is None when it did not end within `watched_s`."""

    name: str
    total_s: float | None
    watched_s: float
    phases: tuple[Phase, ...]

    @property
    def took(self) -> dict[str, float]:
        """By phase; of those that ended, or had not to be waited for."""
        return {
            phase.name: phase.took_s
            for phase in self.phases
            if phase.took_s is not None and phase.state is not State.NOT_ENDED
        }


def course(name: str, milestones: Sequence[Milestone], watched_s: float) -> Course:
    """The last milestone is the end of the time itself."""
    total = milestones[-1].at_s
    limits = _limits(milestones)
    seen = (n for n, each in enumerate(milestones) if each.at_s is not None and not each.beside)
    reached = max(seen, default=-1)
    phases: list[Phase] = []
    before = 0.0
    for number, (milestone, limit) in enumerate(zip(milestones, limits, strict=True)):
        state = _state(milestone, limit, number < reached, _stuck(phases))
        took = _took(milestone, state, before, limit, watched_s)
        if state is State.ENDED:
            before += took or 0.0
        phases.append(_phase(milestone, state, took))
    return Course(name, total, watched_s, tuple(phases))


def _limits(milestones: Sequence[Milestone]) -> list[float]:
    """For each, the earliest of those that wait for it."""
    limits: list[float] = []
    earliest = float("inf")
    for milestone in reversed(milestones):
        limits.append(earliest)
        if milestone.at_s is not None and not milestone.beside:
            earliest = min(earliest, milestone.at_s)
    return limits[::-1]


def _stuck(phases: Iterable[Phase]) -> bool:
    return any(phase.state is State.NOT_ENDED for phase in phases)


def _state(milestone: Milestone, limit: float, passed: bool, stuck: bool) -> State:
    if milestone.at_s is not None:
        late = milestone.at_s > limit + _TOGETHER_S
        return State.ASIDE if late else State.ENDED
    if not milestone.needed:
        return State.NOT_NEEDED
    if passed:
        return State.NOT_SEEN
    return State.NOT_REACHED if stuck else State.NOT_ENDED


def _took(
    milestone: Milestone, state: State, before: float, limit: float, watched_s: float
) -> float | None:
    if state is State.ENDED and milestone.at_s is not None:
        return max(0.0, min(milestone.at_s, limit) - before)
    if state is State.NOT_ENDED:
        return max(0.0, watched_s - before)
    return None if state is State.NOT_REACHED else 0.0


def _phase(milestone: Milestone, state: State, took: float | None) -> Phase:
    return Phase(
        name=milestone.name,
        state=state,
        at_s=milestone.at_s,
        took_s=took,
        who=milestone.who,
        detail=milestone.detail,
        timers=milestone.timers,
    )

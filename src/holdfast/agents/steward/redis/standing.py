"""What a shard's keeper knows. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ..view import View
from .protocol import Action, Durable, State, Vote, Work


@dataclass(frozen=True)
class Electing:
    """No primary is known: states, and then votes, are awaited from every member of the view."""

    states: tuple[tuple[str, State], ...] = ()
    votes: tuple[tuple[str, Vote], ...] = ()

    @property
    def nonces(self) -> tuple[tuple[str, str], ...]:
        return tuple(sorted((host, state.nonce) for host, state in self.states))


@dataclass(frozen=True)
class Waiting:
    """All have voted, and it is not enough."""

    why: str


@dataclass(frozen=True)
class Elected:
    term: int
    winner: str


@dataclass(frozen=True)
class Reigning:
    """`primary` takes writes. `in_step`: this member is it, or follows it."""

    term: int
    primary: str
    in_step: bool = False


@dataclass(frozen=True)
class Handing:
    """`primary` still takes writes; `to` takes over when all have `granted` it."""

    term: int
    primary: str
    to: str
    granted: frozenset[str] = frozenset()


Office = Electing | Waiting | Elected | Reigning | Handing


@dataclass(frozen=True)
class Standing:
    """`preferences`: every member of the shard, with its preference. `round`: of this view, from
    0. `work` is what the worker does for us; the results of anything else are of no interest.
    Without an office: no quorum, or never asked."""

    me: str
    preferences: tuple[tuple[str, int], ...]
    durable: Durable
    view: View | None = None
    round: int = 0
    office: Office | None = None
    work: Work | None = None
    numbers: int = 0
    abstained: bool = False

    @property
    def members(self) -> frozenset[str]:
        """Those of the shard that are in the view."""
        here = frozenset(self.view.members) if self.view else frozenset()
        return here & {host for host, _ in self.preferences}

    @property
    def nonce(self) -> str:
        """This member's own, fresh for every round."""
        return f"{self.view.nonce}.{self.round}" if self.view else ""

    @property
    def wanted(self) -> str:
        """Where the primary is wanted."""
        return min(self.preferences, key=lambda each: each[1])[0]


Step = tuple[Standing, tuple[Action, ...]]


def majority(standing: Standing) -> int:
    """The smallest number of members of which there cannot be two disjoint groups."""
    return len(standing.preferences) // 2 + 1


def quorate(standing: Standing) -> bool:
    return len(standing.members) >= majority(standing)

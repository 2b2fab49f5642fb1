"""A small model of what surrounds the stewards: PostgreSQL, gates, disks, and the process group.

The stewards in it are production's: every decision is made by `election.step`. Whatever is not
decided there is left to the explorer, which may let anything happen at any time:

* A log is a tuple of records (term * 10 + host that wrote it); an LSN is its length. A PostgreSQL
  that runs as primary accepts writes whether it should or not. It acknowledges one when enough
  followers, through an open gate and a slot of the primary's term, have it. Streams do not care
  about partitions. A standby with followers passes on what it has.
* A promotion is requested, and fires whenever it likes, also after its steward died.
* Work is done in one or two steps, and its Done comes whenever it likes. In the coarse grain, work
  that only touches the own host is done at once after the event that asked for it; the fine grain
  gives every step, and every Done, a moment of its own.
* `cut` breaks the network; views are announced later, each side's at its own time. Until then what
  is sent reaches the own side only, in a view that is already broken. Every view has the same ring
  number: only nonces and members tell them apart.
"""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar

from holdfast.agents.steward.postgresql.history import position
from holdfast.agents.steward.postgresql.protocol import (
    Again,
    CloseGate,
    Demote,
    Done,
    Drain,
    Durable,
    Failed,
    Persist,
    TermMap,
    Work,
)

LOCAL = CloseGate | Persist | Drain | Demote
"""Work that touches the own host only: done at once in the coarse grain."""

AGAIN = Again()
FAILED = Failed("killed")
OK = Done(0, True)
NOT_OK = Done(0, False, "failed")
NOWHERE = -1
ENDLESS = 200
"""Actions after which a host that goes on by itself is taken to go in circles."""


class Violation(Exception):
    """Something that must never happen has happened."""


class Postgres(NamedTuple):
    """`terms` is the history its log really has; `slots` the term whose followers it accepts;
    `confirmed` how much of its log each follower has acknowledged."""

    role: str
    log: tuple[int, ...]
    terms: TermMap = ()
    request: tuple[int, TermMap] | None = None
    slots: int = 0
    dirty: bool = False
    confirmed: tuple[int, ...] = ()


class Host(NamedTuple):
    """`steward` is a number in the model's table, or NOWHERE. `gate` is (primary, term) or None.
    `stage` counts the steps done of the work under way; `done` is a result not yet told."""

    steward: int
    disk: Durable
    pg: Postgres
    gate: tuple[int, int] | None = None
    up: bool = True
    unnoticed: bool = False
    stage: int = 0
    done: Done | None = None


class Budget(NamedTuple):
    """How often each thing may still happen."""

    writes: int = 0
    cuts: int = 0
    crashes: int = 0
    restarts: int = 0
    kills: int = 0
    handovers: int = 0
    delays: int = 0


class World(NamedTuple):
    """`hosts` and the events in `inboxes` are numbers in the model's tables. `groups` says who can
    talk to whom; `unannounced` which groups' views are not yet known. `acked` is the longest
    acknowledged history."""

    hosts: tuple[int, ...]
    inboxes: tuple[tuple[int, ...], ...]
    groups: tuple[int, ...]
    unannounced: frozenset[int]
    views: int
    acked: tuple[int, ...]
    left: Budget


class Reaction(NamedTuple):
    """What a host makes of an event. `silent`: nothing but the steward's own mind has changed."""

    host: int
    sends: tuple[int, ...]
    silent: bool


Label = tuple[Any, ...]
Move = tuple[Label, World]
T = TypeVar("T")


class Table(Generic[T]):
    """Things by number: worlds are made of numbers, so that comparing them is cheap."""

    def __init__(self) -> None:
        self.things: list[T] = []
        self._numbers: dict[T, int] = {}

    def number(self, thing: T) -> int:
        number = self._numbers.setdefault(thing, len(self.things))
        if number == len(self.things):
            self.things.append(thing)
        return number


# --- what touches one thing only ---------------------------------------------------------------


def locally(host: Host, work: Work) -> tuple[Host, Done]:
    """Work that touches only the own host."""
    match work:
        case CloseGate():
            return host._replace(gate=None), OK
        case Persist():
            return host._replace(disk=work.durable), OK
        case Drain() if host.pg.role != "down":
            return host, Done(0, True, position=position(work.terms, len(host.pg.log)))
        case Demote() if host.pg.role == "standby" or not host.pg.dirty:
            pg = host.pg._replace(role="standby", request=None, confirmed=())
            return (host if host.pg.role == "standby" else host._replace(pg=pg)), OK
        case _:
            return host, NOT_OK


def swap(values: tuple[Any, ...], at: int, value: Any) -> tuple[Any, ...]:
    return (*values[:at], value, *values[at + 1 :])


def spend(world: World, what: str) -> World:
    return world._replace(left=world.left._replace(**{what: getattr(world.left, what) - 1}))


def record(pg: Postgres, i: int) -> int:
    """What host `i` writes as primary."""
    return pg.terms[-1].number * 10 + i


def forked(mine: TermMap, theirs: TermMap) -> int:
    """Where two histories part, by timelines' numbers alone, as pg_rewind sees it."""
    own = [(term.timeline, term.start) for term in mine]
    other = [(term.timeline, term.start) for term in theirs]
    at = 0
    while at < min(len(own), len(other)) and own[at] == other[at]:
        at += 1
    ends = [start for _, start in own[at : at + 1] + other[at : at + 1]]
    return min(ends, default=10**6)

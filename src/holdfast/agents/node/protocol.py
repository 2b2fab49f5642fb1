"""The words of the node agents' decision: what it is told, what it orders, what agents tell each
other. Pure.

All times are milliseconds of the host's own clock since boot, which is never set.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from ..steward.wire import Wire

RingId = tuple[int, int]


class Grade(IntEnum):
    """How much is done about a node."""

    CLEAN = 0
    """It is there: nothing of ours may be left on it."""
    LOST = 1
    """Nobody hears it: what may run twice runs elsewhere."""
    GONE = 2
    """It is certain that nothing runs on it: what must not run twice may run elsewhere."""


@dataclass(frozen=True)
class Settings:
    """`nodes`: all of the cluster. Without a quorum an agent stops its node's workloads after
    `alone_ms`; the others count on that after `certain_ms`. What was done is looked at again
    every `recheck_ms`."""

    name: str
    nodes: tuple[str, ...]
    alone_ms: int
    certain_ms: int
    recheck_ms: int


# --- what an agent is told ----------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """Who is there: `agents` in the group, `nodes` in corosync's ring. An agent may be missing
    whose node is there; both are empty while corosync is away."""

    at: int
    ring: RingId
    agents: tuple[str, ...]
    nodes: tuple[str, ...]


@dataclass(frozen=True)
class Knocked:
    """Whether a watched node has been silent to this host, time and again, or has answered in
    any way: even a refusal comes from somebody who is there."""

    node: str
    silent: bool


@dataclass(frozen=True)
class Powered:
    """What the BMC of a watched node says; no news where it does not answer."""

    node: str
    off: bool


@dataclass(frozen=True)
class Heard:
    sender: str
    word: Word


@dataclass(frozen=True)
class Tick:
    at: int


@dataclass(frozen=True)
class Done:
    """An order is over, with success or not."""

    node: str
    grade: Grade
    ok: bool


Event = Seen | Knocked | Powered | Heard | Tick | Done


# --- what agents tell each other ----------------------------------------------------------------


@dataclass(frozen=True)
class Noted:
    """Whether the sender hears nothing of a node that is not in this ring."""

    ring: RingId
    node: str
    silent: bool


@dataclass(frozen=True)
class Acted:
    """The sender, who is to act no longer, has been doing something about this node until now."""

    node: str


@dataclass(frozen=True)
class Clean:
    """Nothing of ours is left on this node: its workloads may run."""

    node: str


Word = Noted | Acted | Clean
WIRE: Wire[Word] = Wire.of(Noted, Acted, Clean)


# --- what an agent orders -----------------------------------------------------------------------


@dataclass(frozen=True)
class Say:
    word: Word


@dataclass(frozen=True)
class Watch:
    """From now on, knock at this node and ask its BMC."""

    node: str


@dataclass(frozen=True)
class Rest:
    """No more of that."""

    node: str


@dataclass(frozen=True)
class Order:
    """Bring the cluster's objects to where they should be; answered with Done."""

    node: str
    grade: Grade


@dataclass(frozen=True)
class Cancel:
    """Leave the order about this node where it is; answered with Done all the same."""

    node: str


@dataclass(frozen=True)
class StopOwn:
    """Stop every workload of this host, and do not give up before."""


@dataclass(frozen=True)
class StartOwn:
    """Let workloads run here again."""


Action = Say | Watch | Rest | Order | Cancel | StopOwn | StartOwn

"""The words of the steward: what it remembers, says, hears and does. Data only.

`election.step(state, event) -> (state, actions)` speaks only these. Everything is frozen, hashable
and comparable, so that states can be explored; the wire form is JSON (`wire.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from ..view import View
from ..wire import Wire

# --- what must survive a crash -----------------------------------------------------------------


@dataclass(frozen=True, order=True)
class Position:
    """How far a log reaches: the term of its last record, then its LSN in bytes."""

    term: int
    lsn: int

    def __str__(self) -> str:
        """As PostgreSQL writes an LSN."""
        return f"{self.lsn >> 32:X}/{self.lsn & 0xFFFFFFFF:X} of term {self.term}"


@dataclass(frozen=True, order=True)
class Term:
    """One primary's reign: its number, PostgreSQL's timeline for it, and the LSN it began at."""

    number: int
    timeline: int
    start: int


TermMap = tuple[Term, ...]


@dataclass(frozen=True)
class Intent:
    """A promotion asked for, not yet confirmed: it may still fire."""

    term: int
    parent: int
    fork: int


@dataclass(frozen=True)
class Durable:
    """What is on disk, fsynced, replaced as a whole.

    promised    highest term promised
    terms       the term map of the own log
    intent      a promotion that may be under way
    incomplete  the data is being rewound or rebuilt, or has not become consistent since
    """

    promised: int = 0
    terms: TermMap = ()
    intent: Intent | None = None
    incomplete: bool = False

    def without_data(self) -> Durable:
        """Of a member that has no data, for example on a new disk: no log to vote with."""
        return Durable(promised=self.promised, incomplete=True)


# --- views -------------------------------------------------------------------------------------


Tag = tuple[tuple[int, int], tuple[str, ...], tuple[tuple[str, str], ...]]
"""Ring, members, and (member, nonce) of all of them: the identity of a view."""


# --- messages, delivered to every member in one order, the sender included ---------------------


@dataclass(frozen=True)
class State:
    """First word of every member in a view. `claim` is the term it serves as primary, if any."""

    ring: tuple[int, int]
    members: tuple[str, ...]
    nonce: str
    promised: int
    claim: int | None
    terms: TermMap
    marked: bool
    """The claim's marker row was acknowledged by a follower."""
    following: int | None
    """The term whose primary this member streams from, complete."""


@dataclass(frozen=True)
class Candidate:
    """A vote in the election for `term`. No position: an abstention, and `why`. Who abstained may
    still vote while the election is undecided."""

    tag: Tag
    term: int
    position: Position | None
    why: str = ""


@dataclass(frozen=True)
class Promoted:
    """The winner has promoted its member; the others may follow."""

    tag: Tag
    term: int
    terms: TermMap


@dataclass(frozen=True)
class Serving:
    """A follower has acknowledged the marker row of `term`: clients may come."""

    tag: Tag
    term: int


@dataclass(frozen=True)
class Following:
    """The sender streams from the primary of `term` and is complete, or does so no longer."""

    tag: Tag
    term: int
    streaming: bool


@dataclass(frozen=True)
class Resign:
    """The primary gives up: it failed, or hands over (`to` is then preferred among equals)."""

    tag: Tag
    term: int
    why: str
    to: str | None = None


@dataclass(frozen=True)
class Handover:
    """A person, or a planned stop, asks the primary to resign in favour of `to` (None: any)."""

    tag: Tag
    to: str | None
    why: str


Message = State | Candidate | Promoted | Serving | Following | Resign | Handover

WIRE: Wire[Message] = Wire.of(*get_args(Message))


# --- events: what happens to a steward ---------------------------------------------------------


@dataclass(frozen=True)
class ViewChanged:
    view: View


@dataclass(frozen=True)
class Delivered:
    sender: str
    message: Message


@dataclass(frozen=True)
class Done:
    """An action's end. `number` is the action's; `ok` False means it failed or was cancelled,
    and `why` says how. The other fields belong to single actions, as said there."""

    number: int
    ok: bool
    why: str = ""
    position: Position | None = None
    terms: TermMap | None = None


@dataclass(frozen=True)
class Failed:
    """The local member died or answers no more (it was killed, if it hung)."""

    why: str


@dataclass(frozen=True)
class Asked:
    """A person asked this steward for a handover to `to` (None: whoever is best)."""

    to: str | None
    why: str


@dataclass(frozen=True)
class Again:
    """Some time has passed: work that failed may be tried again. Sent about once a second."""


Event = ViewChanged | Delivered | Done | Failed | Asked | Again


# --- actions: what a steward does --------------------------------------------------------------
# Work: at most one is under way, each is answered by exactly one Done with its number. Cancel asks
# the current one to end early, if it can; it still ends with its Done.


@dataclass(frozen=True)
class CloseGate:
    """Nothing can be acknowledged from this host afterwards. Never fails: it is repeated until
    the local haproxy has confirmed it, or is not running (which is closed too)."""

    number: int


@dataclass(frozen=True)
class Persist:
    """Write `durable` to disk, fsync file and folder. Never fails: the steward ends instead."""

    number: int
    durable: Durable


@dataclass(frozen=True)
class Settle:
    """End any promotion that may be under way: wait for it, or stop the member and remove the
    request. Done.terms: the term map if the promotion had become durable, else None."""

    number: int
    intent: Intent


@dataclass(frozen=True)
class Demote:
    """Stop the member by force if it is not a running standby, and start it as a standby behind
    the closed gate. A start that takes long ends not ok; the next Demote waits on for it."""

    number: int


@dataclass(frozen=True)
class Drain:
    """Wait until no walreceiver runs and all that was received is replayed.
    Done.position: (term, LSN) of the log's end."""

    number: int
    terms: TermMap


@dataclass(frozen=True)
class Promote:
    """Drop old terms' slots, make this term's for `followers`, remove foreign history files,
    promote. Done.terms: the term map with the new term in it."""

    number: int
    term: int
    terms: TermMap
    followers: tuple[str, ...]


@dataclass(frozen=True)
class Mark:
    """Commit the marker row of `term` and wait until a follower's acknowledgement completes the
    commit. A warning at commit is a failure."""

    number: int
    term: int


@dataclass(frozen=True)
class Follow:
    """Stream from `primary` through the slot of (this member, term): set the slot's name, open
    the gate to that host only. Ends when the stream runs. Not ok, unless it was cancelled or the
    member failed: the primary no longer has the log that this member needs, so it is rebuilt."""

    number: int
    primary: str
    term: int


@dataclass(frozen=True)
class Rejoin:
    """Make the data a prefix of the primary's history: pg_rewind if `rewind`, else (or when that
    fails) pg_basebackup; then start as a standby streaming from it, and wait until consistent.
    `terms` is the primary's map, which the data has afterwards."""

    number: int
    primary: str
    term: int
    terms: TermMap
    rewind: bool


@dataclass(frozen=True)
class Stop:
    """Stop the primary in good order, so that connected followers have everything. It accepts
    writes until it really stops: a checkpoint before keeps the pause short."""

    number: int


Work = CloseGate | Persist | Settle | Demote | Drain | Promote | Mark | Follow | Rejoin | Stop


@dataclass(frozen=True)
class Cancel:
    """Make the work under way end early with Done(ok=False), if it can be ended (Mark, Follow,
    Rejoin)."""


@dataclass(frozen=True)
class Send:
    message: Message


@dataclass(frozen=True)
class Route:
    """Lead this host's clients to `primary`; None: to nobody, and cut those who are connected."""

    primary: str | None


@dataclass(frozen=True)
class Say:
    """A decision and its reason, for the log and for `holdfast status`."""

    what: str
    why: str


Action = Work | Cancel | Send | Route | Say

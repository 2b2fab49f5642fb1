"""The words of MySQL's keepers: what they remember, say, hear and do. Data only, all frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from ..view import View
from ..wire import Wire

# --- what must survive a crash ---------------------------------------------------------------


@dataclass(frozen=True, order=True)
class Epoch:
    """A time in which at most one member, `writer`, acknowledges. `members`: every host whose
    server may be in a component that has grown from this one."""

    number: int
    writer: str
    members: tuple[str, ...]


@dataclass(frozen=True, order=True)
class Founding:
    """The data began anew from those of `host`, which reached to `base`: what went further on
    another member is none of it."""

    number: int
    host: str
    base: int


@dataclass(frozen=True)
class Durable:
    """What is on disk, fsynced, replaced as a whole.

    epochs      the newest ones, from the last that is known to have been opened
    opened      the newest epoch that this member, its writer, has opened: its marker row, and so
                everything before it, is on this disk
    process     the server's process when this member was last complete
    since       the epoch since which that process has been complete without a break; 0: never
    foundings   the newest ones
    belongs     the founding with which this member's data agree
    incomplete  there are no data of use, and no full copy has come since
    """

    epochs: tuple[Epoch, ...] = ()
    opened: int = 0
    process: str = ""
    since: int = 0
    foundings: tuple[Founding, ...] = ()
    belongs: int = 0
    incomplete: bool = False

    @property
    def epoch(self) -> Epoch | None:
        return self.epochs[-1] if self.epochs else None

    @property
    def founding(self) -> int:
        """The newest one's number."""
        return self.foundings[-1].number if self.foundings else 0

    @property
    def newest(self) -> int:
        return max(self.founding, self.epochs[-1].number if self.epochs else 0)


# --- views and messages, delivered to every member in one order, the sender included -----------

Tag = tuple[tuple[int, int], tuple[str, ...], tuple[tuple[str, str], ...]]
"""Ring, members, and (member, nonce) of all of them: the identity of a view."""

Stage = Literal[
    "unseen", "stopped", "wanting", "starting", "out", "joining", "donor", "joined", "synced"
]
"""unseen: before the first look. out: it runs, but in no primary component. The last four are in
one; the last three have all data."""

COMPLETE = ("donor", "joined", "synced")
PRIMARY = ("joining", *COMPLETE)
RUNNING = ("starting", "out", *PRIMARY)


@dataclass(frozen=True)
class Report:
    """What a host says of its member whenever that changes.

    process    identity of the server's process, "" if none runs
    component  the hosts in its component, as it sees them
    node       its name in the group communication
    position   the seqno it reaches, while it stands still; null when it moves or is not known
    open       the epoch since which it takes clients' writes; 0: it takes none
    failures   how often something that was tried has failed
    leaving    its steward is about to stop in good order
    """

    stage: str = "stopped"
    process: str = ""
    component: tuple[str, ...] = ()
    node: str = ""
    position: int | None = None
    open: int = 0
    failures: int = 0
    leaving: bool = False


@dataclass(frozen=True)
class State:
    """First word of every member in a view."""

    ring: tuple[int, int]
    members: tuple[str, ...]
    nonce: str
    durable: Durable
    report: Report


@dataclass(frozen=True)
class Now:
    """A report, and what is on disk beside it."""

    tag: Tag
    durable: Durable
    report: Report


@dataclass(frozen=True)
class Wish:
    """Another writer is asked for: `to`, or the best of the others."""

    tag: Tag
    to: str | None
    why: str


@dataclass(frozen=True)
class Override:
    """A person orders that the data begin anew from those of `host`, whatever is lost."""

    tag: Tag
    host: str


Message = State | Now | Wish | Override
WIRE: Wire[Message] = Wire.of(*get_args(Message))


# --- work: one piece at a time, done by the host, answered by Done -------------------------------


@dataclass(frozen=True)
class Persist:
    number: int
    durable: Durable


@dataclass(frozen=True)
class Recover:
    """Find out how far the stopped member's data reach."""

    number: int


@dataclass(frozen=True)
class Join:
    """Start the server as a member of the others' component. `donors`: whom it had better ask for
    data, the best first."""

    number: int
    donors: tuple[str, ...]


@dataclass(frozen=True)
class Wipe:
    """Remove the stopped member's data: they are part of no history, or cannot be read."""

    number: int
    why: str


@dataclass(frozen=True)
class Found:
    """Begin a component with this member alone."""

    number: int
    base: int


@dataclass(frozen=True)
class Open:
    """Commit the epoch's marker row, then take writes."""

    number: int
    epoch: int


@dataclass(frozen=True)
class Close:
    """Take no more writes; returns when none can be acknowledged any more."""

    number: int


@dataclass(frozen=True)
class Stop:
    """Kill the server: what it is part of must not be."""

    number: int
    why: str


Work = Persist | Recover | Wipe | Join | Found | Open | Close | Stop


# --- events and actions -----------------------------------------------------------------------


@dataclass(frozen=True)
class ViewChanged:
    view: View


@dataclass(frozen=True)
class Delivered:
    sender: str
    message: Message


@dataclass(frozen=True)
class Seen:
    """The watch has looked at the server. `stage` is never "wanting"."""

    stage: str
    process: str = ""
    component: tuple[str, ...] = ()
    node: str = ""
    position: int | None = None
    why: str = ""


@dataclass(frozen=True)
class Done:
    number: int
    ok: bool
    why: str = ""
    position: int | None = None


@dataclass(frozen=True)
class Asked:
    to: str | None
    why: str


@dataclass(frozen=True)
class Leaving:
    """This steward stops; its member goes on."""


@dataclass(frozen=True)
class Overridden:
    """By a person, for the member on `host`."""

    host: str


@dataclass(frozen=True)
class Again:
    """About once a second."""


Event = ViewChanged | Delivered | Seen | Done | Asked | Leaving | Overridden | Again


@dataclass(frozen=True)
class Send:
    message: Message


@dataclass(frozen=True)
class Route:
    """Lead this host's clients to `writer`, or to nobody."""

    writer: str | None


@dataclass(frozen=True)
class Evict:
    """Tell the local server that this node of the group is gone."""

    host: str
    node: str


@dataclass(frozen=True)
class Say:
    what: str
    why: str


Action = Send | Route | Evict | Say | Work

"""The words of a shard's keepers: what they say, what happens to them, what they do. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ..view import View
from ..wire import Wire


@dataclass(frozen=True, order=True)
class Place:
    """How far a member's data reach; the greater has all that the lesser has.

    `term` and `pulse` are read from the data themselves: every primary writes its term, and then
    counts on once a second. `offset` is Redis' own, in bytes: it tells replicas of one primary
    apart that are less than a second apart, and is 0 after a restart."""

    term: int
    pulse: int
    offset: int


NOWHERE = Place(0, 0, 0)


@dataclass(frozen=True)
class Durable:
    """On disk: `promised`, the highest term this member has voted in; `complete`, that it has been
    in step with a primary since its data were last empty."""

    promised: int = 0
    complete: bool = False


# --- said to the group; every member hears the same in the same order --------------------------


@dataclass(frozen=True)
class State:
    """First thing in a round. `claim`: the term in which this member is primary, 0 if it is not."""

    nonce: str
    promised: int
    claim: int


@dataclass(frozen=True)
class Vote:
    """`nonces` names the round: those of all its members' states, by host. From now on this member
    acknowledges nothing to an earlier primary. Not `complete`: it abstains. `empty`: nothing that
    it has counts, nor will: it is `fresh`, that is, it was never in step, or its data are gone."""

    nonces: tuple[tuple[str, str], ...]
    term: int
    complete: bool
    empty: bool
    fresh: bool
    place: Place


@dataclass(frozen=True)
class Promoted:
    """The sender is primary of this term, and has written it into its data."""

    term: int


@dataclass(frozen=True)
class Anew:
    """A round is needed, though nobody came or went."""

    why: str


@dataclass(frozen=True)
class Wish:
    """Somebody wants another primary: `to`, or the best."""

    to: str | None
    why: str


@dataclass(frozen=True)
class Handover:
    """The primary asks `to` to take over in `term`, in good order."""

    to: str
    term: int


@dataclass(frozen=True)
class Granted:
    """The sender has promised `term`, and will replicate from its primary only."""

    term: int


Message = State | Vote | Promoted | Anew | Wish | Handover | Granted
WIRE: Wire[Message] = Wire.of(State, Vote, Promoted, Anew, Wish, Handover, Granted)


# --- done by the worker, one after the other ------------------------------------------------------


@dataclass(frozen=True)
class Look:
    """Is the local member primary, and of which term?"""

    number: int


@dataclass(frozen=True)
class Yield:
    """Promise `term`: acknowledge nothing to anybody any more, take no writes, then say how far
    the data reach."""

    number: int
    term: int


@dataclass(frozen=True)
class Grant:
    """Promise `term`, and be ready to replicate from `primary` alone."""

    number: int
    term: int
    primary: str


@dataclass(frozen=True)
class Promote:
    """Become primary: at once, or (`gently`) when the primary has handed over all it has."""

    number: int
    term: int
    gently: bool


@dataclass(frozen=True)
class Follow:
    """Be in step with `primary` of `term`; over when it is."""

    number: int
    term: int
    primary: str


@dataclass(frozen=True)
class Serve:
    """Go on as primary of `term`: take writes."""

    number: int
    term: int


@dataclass(frozen=True)
class Fence:
    """Take no writes until the group says otherwise."""

    number: int


@dataclass(frozen=True)
class Start:
    """The local server is down: start it, following nobody. Over when its data are loaded."""

    number: int


Work = Look | Yield | Grant | Promote | Follow | Serve | Fence | Start


# --- what happens ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class ViewChanged:
    view: View


@dataclass(frozen=True)
class Delivered:
    sender: str
    message: Message


@dataclass(frozen=True)
class Done:
    """A piece of work has ended. `claim` answers Look; `place`, `complete`, `empty` and `fresh`
    answer Yield and Start, as Vote has them."""

    number: int
    ok: bool
    why: str = ""
    claim: int = 0
    durable: Durable | None = None
    place: Place = NOWHERE
    complete: bool = False
    empty: bool = False
    fresh: bool = False


@dataclass(frozen=True)
class Lost:
    """The local server has died, or was killed since it did not answer."""

    why: str


@dataclass(frozen=True)
class Asked:
    to: str | None
    why: str


@dataclass(frozen=True)
class Tick:
    """About once a second. `running`: the local server is there. `astray`: it should be a replica,
    and is not in step. `spread`: the wanted primary is, and all has been quiet long enough."""

    running: bool
    astray: bool
    spread: bool


Event = ViewChanged | Delivered | Done | Lost | Asked | Tick


# --- what is to be done ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Send:
    message: Message


@dataclass(frozen=True)
class Say:
    what: str
    why: str


Action = Send | Say | Work

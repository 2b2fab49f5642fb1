"""What the loop needs of whoever minds a datastore, or one shard of it, on this host.

Everything in a keeper is called by the main loop and blocks nowhere, except where it says that any
thread may call it; what takes time is done by a thread of the keeper's own, which comes back
through `Outside.later`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from .proxy import Proxy
from .view import View

Role = Literal["primary", "replica", "reader"]
"""primary: takes writes. replica: follows the primary. reader: may serve reads, as either."""


@dataclass(frozen=True)
class Outside:
    """What a keeper reaches: the group (its own peers hear it), the local haproxy, and the main
    loop's next turn. `later` may be called by any thread."""

    send: Callable[[bytes], None]
    proxy: Proxy
    later: Callable[[Callable[[], None]], None]


class Keeper(Protocol):
    """One per datastore, or per shard, by a name that is the same on all hosts."""

    def start(self) -> None: ...

    def see(self, view: View) -> None:
        """Who is there has changed."""
        ...

    def hear(self, sender: str, payload: bytes) -> None:
        """What a peer, or this host itself, has said: all hear the same in the same order.
        Nonsense is logged, not raised."""
        ...

    def tick(self) -> None:
        """About once a second."""
        ...

    def switch_over(self, to: str | None, why: str) -> None:
        """Hand the primary's role to `to`, or to the best. Refusals are said as a decision
        `refused`."""
        ...

    def override(self, host: str) -> None:
        """A person wants the data to begin anew from those of `host`, and takes the loss upon
        himself. Refused while the datastore can do without, said as a decision `refused`."""
        ...

    def resign(self, why: str) -> None:
        """This host is to be relieved, if it is primary."""
        ...

    @property
    def relieved(self) -> bool:
        """After `resign`: another host serves, or none can."""
        ...

    def plays(self, role: Role) -> bool:
        """The role check's answer; never yes on a guess. Any thread may ask."""
        ...

    def status(self) -> dict[str, Any]:
        """For people and drills; any thread may ask.

        At least: role (primary, replica or none), phase (a few words), term (int), primary (host
        or null), serving (bool), routed (host or null), incomplete (bool), decisions (the last
        ones: at in Unix seconds, what, why).
        """
        ...

    def position(self) -> int | None:
        """How far its data reach, a number that grows with every write and that members of one
        datastore can compare; null if it does not say. Asks the server: never on the loop."""
        ...

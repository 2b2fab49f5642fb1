"""What a MySQL keeper knows, and what follows for everybody alike. Pure.

Everything under "common" follows from the messages of a view alone, which all its members get in
the same order: so all of them decide the same without another word.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..view import View
from .founding import Member, Preferences, foundings
from .protocol import (
    COMPLETE,
    PRIMARY,
    RUNNING,
    Action,
    Durable,
    Epoch,
    Founding,
    Report,
    Seen,
    State,
    Tag,
    Wish,
    Work,
)

NOTHING = Seen("stopped")
UNSEEN = Seen("unseen")
"""Before the first look. It may well be running: nobody gives it up for that, and nothing is done
to its data."""


@dataclass(frozen=True)
class Common:
    """The same on every host of the view, after the same message.

    epoch     agreed; recorded once `recorded` says so
    founding  agreed, and not known to have worked or failed; `tries` are the founder's failures
              when it was agreed
    """

    tag: Tag
    members: tuple[tuple[str, Member], ...]
    epoch: Epoch | None = None
    founding: Founding | None = None
    tries: int = 0
    wish: Wish | None = None
    waits: str = ""

    @property
    def by_host(self) -> dict[str, Member]:
        return dict(self.members)

    @property
    def lineage(self) -> int:
        """The newest founding's number; 0 before the first."""
        known = foundings(self.by_host)
        return known[-1].number if known else 0


@dataclass(frozen=True)
class Steward:
    """durable: as it is to be; saved: as it is on disk. position: of the stopped member's data.
    wants: it is about to join. nodes: what members were called last. idle: ticks since the stage
    has changed. parted: hosts whose stewards have left in good order.
    told: what the others know of us in this view."""

    me: str
    preferences: Preferences
    durable: Durable
    saved: Durable
    seen: Seen = UNSEEN
    position: int | None = None
    wants: bool = False
    open: int = 0
    failures: int = 0
    view: View | None = None
    states: tuple[tuple[str, State], ...] = ()
    common: Common | None = None
    told: Member | None = None
    nodes: tuple[tuple[str, str], ...] = ()
    evicted: frozenset[str] = frozenset()
    routed: str | None = None
    idle: int = 0
    leaving: bool = False
    parted: frozenset[str] = frozenset()
    work: Work | None = None
    number: int = 0
    trouble: str = ""

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(host for host, _ in self.preferences)

    @property
    def quorum(self) -> int:
        return len(self.preferences) // 2 + 1

    @property
    def report(self) -> Report:
        seen = self.seen
        stopped = seen.stage == "stopped"
        return Report(
            stage="wanting" if stopped and self.wants else seen.stage,
            process=seen.process,
            component=seen.component,
            node=seen.node,
            position=self.position if stopped else seen.position,
            # Said only once it is on disk that it is open.
            open=self.open if self.saved.opened >= self.open else 0,
            failures=self.failures,
            leaving=self.leaving,
        )


Step = tuple[Steward, tuple[Action, ...]]


def quorate(s: Steward) -> bool:
    return s.view is not None and len(s.view.members) >= s.quorum


# --- common ---------------------------------------------------------------------------------------


def is_primary(common: Common, host: str) -> bool:
    """Its server is in the primary component of the newest history."""
    member = common.by_host.get(host)
    if member is None or member.report.stage not in PRIMARY:
        return False
    return member.durable.belongs == common.lineage


def is_complete(common: Common, host: str) -> bool:
    return is_primary(common, host) and common.by_host[host].report.stage in COMPLETE


def is_synced(common: Common, host: str) -> bool:
    return is_primary(common, host) and common.by_host[host].report.stage == "synced"


def recorded(common: Common, quorum: int) -> bool:
    """Every member of the epoch that is here has it on disk, and they are a majority: whatever
    majority meets later, somebody in it knows."""
    epoch = common.epoch
    if epoch is None:
        return False
    here = [m for host, m in common.members if host in epoch.members]
    return len(here) >= quorum and all(m.durable.epoch == epoch for m in here)


def writer(common: Common) -> str | None:
    """Who takes writes: it was opened, and is nobody else's successor. An epoch that only has
    other members disturbs it not."""
    epoch = common.epoch
    if epoch is None or not is_complete(common, epoch.writer):
        return None
    return epoch.writer if common.by_host[epoch.writer].report.open else None


def component(common: Common) -> frozenset[str] | None:
    """The primary component, if all complete members agree on it."""
    seen = {
        frozenset(m.report.component) for host, m in common.members if is_complete(common, host)
    }
    return next(iter(seen)) if len(seen) == 1 else None


def circle(common: Common, core: frozenset[str]) -> tuple[str, ...]:
    """Hosts whose servers are in the component, or may come into it."""
    moving = ("wanting", *RUNNING)
    near = {host for host, m in common.members if m.report.stage in moving}
    return tuple(sorted(core | near))

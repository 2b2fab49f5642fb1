"""May the data begin anew, and from whose? Pure.

Needed when no primary component is left: all hosts lost power, or too many servers at once. What
was acknowledged in an epoch is on its writer's disk, and was in the memory of every member of the
component of that moment. Such a component may be smaller than the epoch says, for nobody may have
lived to record that it had shrunk; but without members that leave in good order it shrinks to no
less than two. So the memory of the others counts only if it is that of all others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .protocol import Durable, Epoch, Founding, Report

Preferences = tuple[tuple[str, int], ...]
"""(host, preference); the lowest preference wins among equals."""


@dataclass(frozen=True)
class Member:
    durable: Durable
    report: Report


@dataclass(frozen=True)
class Verdict:
    """Who begins, and from which position; else, for whom or what it has to be waited."""

    host: str | None = None
    base: int = 0
    waits: str = ""


def judge(members: Mapping[str, Member], preferences: Preferences) -> Verdict:
    """`members`: all of a quorate view."""
    missing = _missing(members)
    if missing:
        return Verdict(waits=missing)
    able = {host: m for host, m in members.items() if eligible(host, members)}
    unread = sorted(host for host, m in able.items() if m.report.position is None)
    if unread:
        return Verdict(waits=f"positions of {', '.join(unread)}")
    if not able:
        return Verdict(waits="a member whose data are complete")
    rank = dict(preferences)
    best = max(able, key=lambda host: (_position(able[host]), -rank.get(host, 0)))
    return Verdict(best, _position(able[best]))


def eligible(host: str, members: Mapping[str, Member]) -> bool:
    """Its data are whole, and part of the newest history."""
    member = members[host]
    usable = not member.durable.incomplete and member.report.position != -1
    return usable and not diverged(member, foundings(members))


def diverged(member: Member, history: tuple[Founding, ...]) -> bool:
    """It went further than a founding that it knows nothing of began from, or may have."""
    position = member.report.position
    later = [each for each in history if each.number > member.durable.belongs]
    return any(position is None or position > each.base for each in later)


def foundings(members: Mapping[str, Member]) -> tuple[Founding, ...]:
    """All that are known, in their order."""
    return tuple(sorted({f for m in members.values() for f in m.durable.foundings}))


def chain(members: Mapping[str, Member]) -> tuple[Epoch, ...]:
    """The epochs in which something may have been acknowledged that is not known to be safe, the
    newest last. The first of anybody's epochs is known to have been opened."""
    known = [m.durable.epochs for m in members.values() if m.durable.epochs]
    begin = max((epochs[0].number for epochs in known), default=0)
    return tuple(sorted({e for epochs in known for e in epochs if e.number >= begin}))


def _missing(members: Mapping[str, Member]) -> str:
    """For whom it is to be waited; nothing, if everything acknowledged is here."""
    for epoch in reversed(chain(members)):
        if _founded_since(epoch, members):
            return ""
        writer = members.get(epoch.writer)
        if writer is not None and eligible(epoch.writer, members):
            if writer.durable.opened >= epoch.number:
                return ""
            # It acknowledged nothing in that epoch: what counts is the one before.
            continue
        others = [host for host in epoch.members if host != epoch.writer]
        gone = [host for host in others if not _remembers(members.get(host), epoch)]
        if not gone:
            return ""
        return _words(epoch, gone, members)
    return ""


def _founded_since(epoch: Epoch, members: Mapping[str, Member]) -> bool:
    """The data began anew after that epoch, and from whom they did has them still."""
    history = foundings(members)
    if not history or history[-1].number < epoch.number:
        return False
    newest, founder = history[-1], members.get(history[-1].host)
    if founder is None or founder.durable.incomplete or founder.report.position is None:
        return False
    return founder.durable.belongs == newest.number and founder.report.position >= newest.base


def _remembers(member: Member | None, epoch: Epoch) -> bool:
    """Its server was complete at the epoch, and has run without a break since."""
    if member is None or not member.report.process:
        return False
    durable = member.durable
    unbroken = durable.process == member.report.process and 0 < durable.since <= epoch.number
    return unbroken and not durable.incomplete


def _words(epoch: Epoch, gone: list[str], members: Mapping[str, Member]) -> str:
    lost = " and the memory of " + ", ".join(gone) + " is gone"
    state = "has no complete data" if epoch.writer in members else "is not here"
    return f"{epoch.writer}, which took the writes of epoch {epoch.number} and {state};{lost}"


def _position(member: Member) -> int:
    assert member.report.position is not None
    return member.report.position

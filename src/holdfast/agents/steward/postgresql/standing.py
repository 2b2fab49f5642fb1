"""Where a steward stands: what it knows of its own member, of its view, and of the view's primary.

Frozen and hashable, so that the very states of production can be explored.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ..view import View
from .protocol import (
    Action,
    Candidate,
    Durable,
    Handover,
    Position,
    State,
    Tag,
    TermMap,
    Work,
)

Role = Literal["starting", "standby", "promoting", "primary", "stopped", "failed"]


@dataclass(frozen=True)
class Member:
    """The local member, as far as finished work has shown it.

    shut      the gate is known to be closed
    stream    (primary, term) it follows through the open gate
    position  the end of its drained log; known only behind the closed gate
    marked    its marker row was acknowledged by a follower of its term
    """

    role: Role = "starting"
    shut: bool = False
    stream: tuple[str, int] | None = None
    position: Position | None = None
    marked: bool = False


@dataclass(frozen=True)
class Electing:
    """An election in the view `tag`. `said` is the last that this member said in it.

    to      preferred among equals, by a handover
    former  resigned just now: the last choice among equals
    winner  decided once; from then on the others wait for it
    """

    tag: Tag
    term: int
    to: str | None = None
    former: str | None = None
    votes: tuple[tuple[str, Candidate], ...] = ()
    winner: str | None = None
    said: Literal["", "abstained", "voted", "promoted", "resigned"] = ""


@dataclass(frozen=True)
class Reigning:
    """The primary of the view `tag`. `said` is the last that this member said under it.

    followers  who stream from it and are complete, as all members of the view know it
    handover   accepted: the primary stops in good order, then resigns
    """

    tag: Tag
    primary: str
    term: int
    terms: TermMap
    serving: bool = False
    followers: frozenset[str] = frozenset()
    handover: Handover | None = None
    said: Literal["", "serving", "following", "resigned"] = ""


@dataclass(frozen=True)
class Steward:
    """One steward's whole knowledge about one datastore.

    unsaved   `durable` is not yet known to be on disk
    states    the State messages of this view, the latest of each member
    office    what the states, once they were all there, and the messages since have decided
    work      under way, with its number; `cancelled`: it was asked to end
    trouble   why work failed; nothing more is tried until Again, or until the office changes
    routed    where this host's clients are led
    """

    me: str
    hosts: tuple[str, ...]
    preferences: tuple[tuple[str, int], ...]
    durable: Durable
    unsaved: bool = False
    member: Member = field(default_factory=Member)
    view: View | None = None
    states: tuple[tuple[str, State], ...] = ()
    office: Electing | Reigning | None = None
    work: Work | None = None
    cancelled: bool = False
    number: int = 0
    trouble: str = ""
    routed: str | None = None


Step = tuple[Steward, tuple[Action, ...]]


def majority(s: Steward) -> int:
    """Of all configured hosts, whether they are there or not."""
    return len(s.hosts) // 2 + 1


def quorate(s: Steward) -> bool:
    return s.view is not None and len(s.view.members) >= majority(s)


def claim(s: Steward) -> int | None:
    """The term the local member serves as primary: promoted, and the new map is on disk."""
    if s.member.role != "primary" or s.unsaved:
        return None
    return s.durable.terms[-1].number


def reigns(s: Steward) -> bool:
    """This member is the view's primary, and able to be."""
    office = s.office
    return isinstance(office, Reigning) and office.primary == s.me and claim(s) == office.term


def serves(s: Steward) -> bool:
    """Rule 11: what the role check answers. Clients are led here only in a term whose marker was
    acknowledged; the claim says that this member still is its primary."""
    return s.routed == s.me and claim(s) is not None


def member(s: Steward, **facts: Any) -> Steward:
    """The same, with other facts about the local member."""
    return replace(s, member=replace(s.member, **facts))


def save(s: Steward, **promises: Any) -> Steward:
    """The same, with other promises; they are written before anything else is begun."""
    durable = replace(s.durable, **promises)
    return replace(s, durable=durable, unsaved=s.unsaved or durable != s.durable)

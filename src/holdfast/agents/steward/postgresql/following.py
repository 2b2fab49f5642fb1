"""Under a primary: serving as it, or following it. Pure."""

from __future__ import annotations

from dataclasses import replace

from .protocol import (
    CloseGate,
    Drain,
    Follow,
    Following,
    Handover,
    Mark,
    Persist,
    Rejoin,
    Resign,
    Say,
    Send,
    Serving,
    Stop,
)
from .standing import Reigning, Step, Steward, majority, reigns, save
from .terms import agree, is_prefix
from .working import begin

# --- the primary --------------------------------------------------------------------------------


def reign(s: Steward, office: Reigning) -> Step | None:
    """Rules 9 and 15: the primary's next work."""
    if not reigns(s):
        return None
    if office.handover:
        return begin(s, Stop(s.number + 1))
    if not s.member.marked:
        return begin(s, Mark(s.number + 1, office.term))
    return None


def speak_as_primary(s: Steward, office: Reigning) -> Step:
    """Rule 11: clients may come when the marker was acknowledged; who cannot reign resigns, but
    not before its followers were given everything."""
    if office.said == "resigned" or isinstance(s.work, Stop):
        return s, ()
    if not reigns(s):
        asked = office.handover
        why = asked.why if asked else s.trouble or "the member failed"
        s = replace(s, office=replace(office, said="resigned"))
        resign = Resign(office.tag, office.term, why, asked.to if asked else None)
        return s, (Send(resign), Say("resign", why))
    if may_serve(s) and not office.serving and office.said != "serving":
        s = replace(s, office=replace(office, said="serving"))
        return s, (Send(Serving(office.tag, office.term)),)
    return s, ()


def may_serve(s: Steward) -> bool:
    """Rule 11: a follower of this term acknowledged the marker row."""
    return s.member.marked


def refusal(s: Steward, office: Reigning, asked: Handover) -> str:
    """Rule 15: why the primary will not hand over; empty: it will. Alike in every member."""
    if not office.serving:
        return f"{office.primary} is not serving yet"
    if office.handover:
        return "another handover is under way"
    if asked.to == office.primary:
        return f"{asked.to} is the primary already"
    if asked.to is not None and asked.to not in office.followers:
        return f"{asked.to} is not a complete follower"
    if len(office.followers) < majority(s):
        return f"without {office.primary} no majority of followers would remain"
    return ""


# --- its followers ------------------------------------------------------------------------------


def follow(s: Steward, office: Reigning) -> Step | None:
    """Rule 12: the next work on the way to a stream from the primary."""
    if s.member.stream == (office.primary, office.term):
        return None
    if not s.member.shut:
        return begin(s, CloseGate(s.number + 1))
    if s.durable.incomplete:
        return _rejoin(s, office)
    if s.member.position is None:
        return begin(s, Drain(s.number + 1, s.durable.terms))
    if not fits(s, office):
        s = save(s, incomplete=True)
        return begin(s, Persist(s.number + 1, s.durable))
    promised = max(s.durable.promised, office.term)
    adopted = save(s, terms=office.terms, promised=promised)
    if adopted.unsaved:
        return begin(adopted, Persist(s.number + 1, adopted.durable))
    return begin(s, Follow(s.number + 1, office.primary, office.term))


def fits(s: Steward, office: Reigning) -> bool:
    """Rule 12: the drained log is the beginning of the primary's."""
    return s.member.position is not None and is_prefix(s.member.position, office.terms)


def _rejoin(s: Steward, office: Reigning) -> Step:
    """A known position means that the data has not been touched since it was complete: only then
    can it be rewound."""
    rewind = s.member.position is not None and agree(s.durable.terms, office.terms)
    number = s.number + 1
    return begin(s, Rejoin(number, office.primary, office.term, office.terms, rewind))


def speak_as_follower(s: Steward, office: Reigning) -> Step:
    """Every member knows who could take over."""
    streaming = is_following(s, office)
    if streaming == (office.said == "following"):
        return s, ()
    s = replace(s, office=replace(office, said="following" if streaming else ""))
    return s, (Send(Following(office.tag, office.term, streaming)),)


def is_following(s: Steward, office: Reigning) -> bool:
    complete = not s.durable.incomplete and not s.unsaved
    return complete and s.member.stream == (office.primary, office.term)

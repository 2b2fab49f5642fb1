"""Elections: promise, vote, count, win. Pure."""

from __future__ import annotations

from dataclasses import replace

from .protocol import (
    Candidate,
    CloseGate,
    Drain,
    Intent,
    Persist,
    Position,
    Promote,
    Promoted,
    Resign,
    Say,
    Send,
)
from .standing import Electing, Step, Steward, claim, majority, save
from .terms import trimmed
from .working import begin

# --- the local member's part --------------------------------------------------------------------


def promise(s: Steward, office: Electing) -> Step | None:
    """Rule 4: the next work on the way to a vote; None when there is nothing left, or no way."""
    if not is_complete(s):
        return None
    if gate_may_be_open(s):
        return begin(s, CloseGate(s.number + 1))
    if not is_promised(s, office.term):
        s = save(s, promised=office.term)
        return begin(s, Persist(s.number + 1, s.durable))
    if s.member.position is None:
        return begin(s, Drain(s.number + 1, s.durable.terms))
    return None


def gate_may_be_open(s: Steward) -> bool:
    """Rule 4a."""
    return not s.member.shut


def is_complete(s: Steward) -> bool:
    """Rule 6: who is being rewound or rebuilt has no log to vote with."""
    return not s.durable.incomplete


def is_promised(s: Steward, term: int) -> bool:
    """Rule 4b: on disk, before the vote is sent."""
    return s.durable.promised == term and not s.unsaved


def may_vote(s: Steward, office: Electing) -> bool:
    """Rules 4 and 6: everything that a vote asserts is true, and stays true."""
    return is_complete(s) and is_promised(s, office.term) and s.member.position is not None


def hindrance(s: Steward) -> str:
    """Why this member cannot vote soon, so that the others need not wait; empty: it can."""
    if s.durable.incomplete:
        return "incomplete: being rewound or rebuilt"
    if s.trouble:
        return s.trouble
    if s.member.role in ("starting", "standby"):
        return ""
    return f"{s.member.role}: to be restarted as a standby first"


def speak(s: Steward, office: Electing) -> Step:
    """What this member has to tell the others now."""
    if office.winner == s.me:
        return _speak_as_winner(s, office)
    if office.winner is not None or office.said == "voted":
        return s, ()
    if may_vote(s, office):
        s = replace(s, office=replace(office, said="voted"))
        vote = Candidate(office.tag, office.term, s.member.position)
        return s, (Send(vote), Say("candidate", f"the log reaches {s.member.position}"))
    why = hindrance(s)
    if why and not office.said:
        s = replace(s, office=replace(office, said="abstained"))
        return s, (Send(Candidate(office.tag, office.term, None, why)), Say("abstain", why))
    return s, ()


def _speak_as_winner(s: Steward, office: Electing) -> Step:
    if office.said in ("promoted", "resigned"):
        return s, ()
    if claim(s) == office.term:
        s = replace(s, office=replace(office, said="promoted"))
        return s, (Send(Promoted(office.tag, office.term, s.durable.terms)),)
    if can_win(s) or s.member.role in ("promoting", "primary"):
        return s, ()
    why = s.trouble or "the member failed before its promotion"
    s = replace(s, office=replace(office, said="resigned"))
    return s, (Send(Resign(office.tag, office.term, why)), Say("resign", why))


# --- counting, alike in every member of the view ------------------------------------------------


def count(s: Steward, office: Electing, sender: str, vote: Candidate) -> Step:
    """Takes in a vote or an abstention. An abstention may be followed by a vote, which counts as
    long as nobody has won, so an undecided election ends as soon as a majority can vote."""
    votes = dict(office.votes) | {sender: vote}
    office = replace(office, votes=tuple(sorted(votes.items())))
    real = {host: vote.position for host, vote in office.votes if vote.position is not None}
    if not everyone_spoke(s, office):
        return replace(s, office=office), ()
    if not enough(s, len(real)):
        why = f"{len(real)} of {majority(s)} votes for term {office.term}: waiting for more"
        return replace(s, office=office), (Say("undecided", why),)
    winner = max(real, key=lambda host: rank(s, office, host, real[host]))
    why = f"{real[winner]} is best of {len(real)}"
    return replace(s, office=replace(office, winner=winner)), (Say("elected", f"{winner}, {why}"),)


def everyone_spoke(s: Steward, office: Electing) -> bool:
    """Rule 7: every member of the view, by a vote or an abstention."""
    return s.view is not None and len(office.votes) == len(s.view.members)


def enough(s: Steward, votes: int) -> bool:
    """Rule 6: a majority of all hosts must really have voted."""
    return votes >= majority(s)


def rank(
    s: Steward, office: Electing, host: str, position: Position
) -> tuple[Position, bool, bool, int, str]:
    """Rule 8: the best log; among equals the host that was asked for, who has not just resigned,
    the preferred one (lowest first), then any fixed order."""
    return position, host == office.to, host != office.former, -dict(s.preferences)[host], host


# --- winning ------------------------------------------------------------------------------------


def can_win(s: Steward) -> bool:
    """It still is what it was when it voted."""
    return s.member.role == "standby" and s.member.position is not None


def win(s: Steward, office: Electing) -> Step | None:
    """Rule 9: the winner's next work; None when it has promoted, or cannot."""
    position = s.member.position
    if office.said == "resigned" or not can_win(s) or position is None:
        return None
    terms = trimmed(s.durable.terms, position)
    if s.durable.intent is None:
        parent = terms[-1].timeline if terms else 1
        s = save(s, intent=Intent(office.term, parent, position.lsn))
        return begin(s, Persist(s.number + 1, s.durable))
    others = tuple(host for host in s.hosts if host != s.me)
    return begin(s, Promote(s.number + 1, office.term, terms, others))

"""Work: what is known of the local member when it begins, and when it has ended. Pure.

A fact that work is about to change is given up when the work begins and gained when it has ended
well, so facts hold whatever happens to views meanwhile.
"""

from __future__ import annotations

from dataclasses import replace

from .protocol import (
    CloseGate,
    Demote,
    Done,
    Drain,
    Follow,
    Mark,
    Persist,
    Promote,
    Rejoin,
    Say,
    Settle,
    Stop,
    Work,
)
from .standing import Member, Step, Steward, save


def begin(s: Steward, work: Work) -> Step:
    """Issues `work`, made with the number `s.number + 1`."""
    s = replace(s, number=work.number, work=work, cancelled=False, member=_given_up(s.member, work))
    said = _begun(work)
    return s, ((said, work) if said else (work,))


def end(s: Steward, done: Done) -> Step:
    """Takes in the result of the work under way; any other result is of no interest."""
    work = s.work
    if work is None or done.number != work.number:
        return s, ()
    if done.ok:
        s = _kept(replace(s, member=_gained(s.member, work, done)), work, done)
        return replace(s, work=None), _ended(work, done)
    why = "cancelled" if s.cancelled else done.why or "no reason given"
    s = _missed(s, work)
    s = replace(s, work=None, trouble="" if s.cancelled else f"{_name(work)}: {why}")
    return s, (Say("failed", f"{_name(work)}: {why}"),)


def _given_up(member: Member, work: Work) -> Member:
    match work:
        case Promote():
            return replace(member, role="promoting", position=None, marked=False)
        case Demote() | Stop():
            return replace(member, role="stopped", position=None, marked=False)
        case Follow():
            return replace(member, shut=False, position=None)
        case Rejoin():
            return replace(member, role="stopped", shut=False, position=None)
        case CloseGate():
            return replace(member, stream=None)
        case _:
            return member


def _gained(member: Member, work: Work, done: Done) -> Member:
    if isinstance(work, CloseGate):
        return replace(member, shut=True)
    if member.role == "failed":
        return member  # it died meanwhile: only what is on disk counts
    match work:
        case Demote():
            return replace(member, role="standby")
        case Drain():
            return replace(member, position=done.position)
        case Promote():
            return replace(member, role="primary")
        case Mark():
            return replace(member, marked=True)
        case Follow(primary=primary, term=term) | Rejoin(primary=primary, term=term):
            return replace(member, role="standby", stream=(primary, term))
        case _:
            return member


def _kept(s: Steward, work: Work, done: Done) -> Steward:
    """What the work's good end means for the promises."""
    match work:
        case Persist():
            return replace(s, unsaved=False)
        case Settle() | Promote():
            return save(s, intent=None, terms=s.durable.terms if done.terms is None else done.terms)
        case Rejoin():
            promised = max(s.durable.promised, work.term)
            return save(s, incomplete=False, terms=work.terms, promised=promised)
        case _:
            return s


def _missed(s: Steward, work: Work) -> Steward:
    """What the work's bad end means: a member of which little is known."""
    if isinstance(work, Follow) and s.member.role == "standby" and not s.cancelled:
        return save(s, incomplete=True)
    if isinstance(work, Promote | Demote | Stop | Rejoin):
        return replace(s, member=replace(s.member, role="failed"))
    return s


def _name(work: Work) -> str:
    return type(work).__name__.lower()


def _begun(work: Work) -> Say | None:
    match work:
        case Promote():
            return Say("promoting", f"won the election for term {work.term}")
        case Follow():
            return Say(
                "follow", f"{work.primary} is primary of term {work.term}; my log is a prefix"
            )
        case Rejoin():
            way = "rewound" if work.rewind else "rebuilt"
            return Say("rejoin", f"not a prefix of {work.primary}'s history: to be {way}")
        case _:
            return None


def _ended(work: Work, done: Done) -> tuple[Say, ...]:
    match work:
        case CloseGate():
            return (Say("gate-closed", "nothing can be acknowledged from this host"),)
        case Promote():
            return (Say("promoted", f"primary of term {work.term}, not yet serving"),)
        case Mark():
            return (Say("marked", f"a follower acknowledged the marker of term {work.term}"),)
        case Follow():
            return (Say("gate-open", f"streaming from {work.primary} in term {work.term}"),)
        case Rejoin():
            return (Say("rejoined", f"consistent with {work.primary}, term {work.term}"),)
        case Demote():
            return (Say("demoted", "running as a standby behind the closed gate"),)
        case Stop():
            return (Say("stopped", "in good order: connected followers have everything"),)
        case Settle():
            fired = "had become durable" if done.terms else "never happened"
            return (Say("settled", f"the promotion for term {work.intent.term} {fired}"),)
        case _:
            return ()

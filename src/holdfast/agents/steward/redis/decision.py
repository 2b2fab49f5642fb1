"""Who is a shard's primary: `step(standing, event)` -> what is known now, and what is to be done.

The rules, by the numbers of docs/explanation/redis.md:

1. A round begins with every change of the view, and whenever a member asks for one. Words of
   another round are dropped.
2. Every member says what it has promised, and whether it is primary. Exactly one claim, as high as
   the highest promise: it stays primary. Otherwise there is an election.
3. Who votes has promised the new term on disk, has shut its gate and takes no writes; only then it
   says how far its data reach.
4. A member whose data are not whole abstains.
5. All members of the view are waited for, and a majority of all members must have really voted;
   or every member there is, none of which ever had data.
6. The greatest place wins; among equals the lowest preference.
7. Without a quorum, no writes.
8. In a handover all promise the new term first; the new primary begins when the old one has handed
   over everything. If it fails, there is a round.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .protocol import (
    Action,
    Anew,
    Asked,
    Delivered,
    Done,
    Event,
    Fence,
    Follow,
    Grant,
    Granted,
    Handover,
    Look,
    Lost,
    Promote,
    Promoted,
    Say,
    Send,
    Serve,
    Start,
    State,
    Tick,
    ViewChanged,
    Vote,
    Wish,
    Work,
    Yield,
)
from .standing import (
    Elected,
    Electing,
    Handing,
    Reigning,
    Standing,
    Step,
    Waiting,
    majority,
    quorate,
)


def step(s: Standing, event: Event) -> Step:
    match event:
        case ViewChanged(view=view):
            return _begin_round(replace(s, view=view, round=0), "view: " + " ".join(view.members))
        case Delivered(sender=sender, message=message):
            return _hear(s, sender, message) if sender in s.members and quorate(s) else (s, ())
        case Done():
            return _done(s, event)
        case Lost(why=why):
            return _lost(s, why)
        case Asked(to=to, why=why):
            return s, (_wish(s, to, why),)
        case Tick():
            return _tick(s, event)


def _begin(s: Standing, kind: Callable[..., Work], *details: int | str | bool) -> Step:
    """Have the worker do it, and nothing else for us."""
    work = kind(s.numbers + 1, *details)
    return replace(s, work=work, numbers=work.number), (work,)


def _and(actions: tuple[Action, ...], after: Step) -> Step:
    s, more = after
    return s, actions + more


def _begin_round(s: Standing, why: str) -> Step:
    s = replace(s, office=None, abstained=False)
    said = (Say("view", why),)
    if not quorate(s):
        return _and(said, _begin(s, Fence))  # rule 7
    return _and(said, _begin(replace(s, office=Electing()), Look))


def _hear(s: Standing, sender: str, message: object) -> Step:
    match message, s.office:
        case Anew(why=why), _:
            return _begin_round(replace(s, round=s.round + 1), f"{sender} asks for a round: {why}")
        case State() as state, Electing():
            return _count_states(s, s.office, sender, state)
        case Vote() as vote, Electing() if vote.nonces == s.office.nonces:
            return _count_votes(s, s.office, sender, vote)
        case Promoted(term=term), Elected() if (term, sender) == (s.office.term, s.office.winner):
            return _reign(s, term, sender)
        case Promoted(term=term), Handing() if (term, sender) == (s.office.term, s.office.to):
            return _reign(s, term, sender)
        case Wish(to=to), Reigning(primary=s.me):
            return s, _offer(s, s.office, to)
        case Handover(to=to, term=term), Reigning(primary=primary) if primary == sender:
            return _hand_over(s, primary, to, term)
        case Granted(term=term), Handing() if term == s.office.term:
            return _count_grants(s, s.office, sender)
        case _:
            return s, ()


# --- rounds and elections -------------------------------------------------------------------------


def _count_states(s: Standing, office: Electing, sender: str, state: State) -> Step:
    """Rule 2. Whoever speaks again has begun again, and so do the votes."""
    states = {**dict(office.states), sender: state}
    office = Electing(tuple(sorted(states.items())))
    s = replace(s, office=office)
    if states.keys() != s.members:
        return s, ()
    if s.me == sender or states[s.me].nonce == s.nonce:
        return _settle(s, office)
    return s, ()


def _settle(s: Standing, office: Electing) -> Step:
    highest = max(state.promised for _, state in office.states)
    claims = {host: state.claim for host, state in office.states if state.claim >= max(highest, 1)}
    if len(claims) == 1:
        ((primary, term),) = claims.items()
        return _reign(s, term, primary)
    return _begin(s, Yield, highest + 1)  # rule 3


def _count_votes(s: Standing, office: Electing, sender: str, vote: Vote) -> Step:
    votes = {**dict(office.votes), sender: vote}
    s = replace(s, office=replace(office, votes=tuple(sorted(votes.items()))))
    if votes.keys() != s.members:
        return s, ()  # rule 5
    s = replace(s, abstained=not (votes[s.me].complete or votes[s.me].empty))
    real = _electorate(s, votes)
    if not real:
        return _wait(s, votes)
    preference = dict(s.preferences)
    winner = max(real, key=lambda host: (real[host].place, -preference[host]))  # rule 6
    return _elect(s, real, winner)


def _electorate(s: Standing, votes: dict[str, Vote]) -> dict[str, Vote]:
    """The votes that count; none if they are not enough. Rules 4 and 5."""
    real = {host: vote for host, vote in votes.items() if vote.complete}
    if len(real) >= majority(s):
        return real
    everybody = len(votes) == len(s.preferences)
    if not everybody or not all(vote.complete or vote.empty for vote in votes.values()):
        return {}
    return real or (votes if all(vote.fresh for vote in votes.values()) else {})


def _wait(s: Standing, votes: dict[str, Vote]) -> Step:
    absent = sorted(dict(s.preferences).keys() - votes.keys())
    unsure = sorted(host for host, vote in votes.items() if not vote.complete)
    why = f"{len(votes) - len(unsure)} of {majority(s)} needed members have all their data"
    why += f"; incomplete: {' '.join(unsure)}" if unsure else ""
    why += f"; absent: {' '.join(absent)}" if absent else ""
    return _and((Say("waiting", why),), _begin(replace(s, office=Waiting(why)), Start))


def _elect(s: Standing, real: dict[str, Vote], winner: str) -> Step:
    term = real[winner].term
    places = ", ".join(
        f"{host} {v.place.term}/{v.place.pulse}/{v.place.offset}"
        for host, v in sorted(real.items())
    )
    said = (Say("elected", f"{winner} for term {term} (term/pulse/offset: {places})"),)
    s = replace(s, office=Elected(term, winner))
    if winner == s.me:
        return _and(said, _begin(s, Promote, term, False))
    return _and(said, _begin(s, Grant, term, winner))


def _reign(s: Standing, term: int, primary: str) -> Step:
    s = replace(s, office=Reigning(term, primary))
    said = (Say("serving", f"{primary} in term {term}"),)
    if primary == s.me:
        return _and(said, _begin(s, Serve, term))
    return _and(said, _begin(s, Follow, term, primary))


# --- handover ------------------------------------------------------------------------------------


def _wish(s: Standing, to: str | None, why: str) -> Action:
    if not isinstance(s.office, Reigning):
        return Say("refused", "no primary serves now")
    if to is not None and to not in dict(s.preferences):
        return Say("refused", f"{to} has no member of this shard")
    if to is not None and to not in s.members:
        return Say("refused", f"{to} is not there")
    if to == s.office.primary:
        return Say("refused", f"{to} is primary already")
    if len(s.members) < 2:
        return Say("refused", "nobody else is there")
    return Send(Wish(to, why))


def _offer(s: Standing, office: Reigning, to: str | None) -> tuple[Action, ...]:
    """The primary's answer to a wish."""
    others = [each for each in s.preferences if each[0] in s.members - {s.me}]
    best = min(others, key=lambda each: each[1])[0] if others else None
    to = best if to is None else to
    if to is None or to == s.me or to not in s.members:
        return ()
    term = max(office.term, s.durable.promised) + 1
    return (Send(Handover(to, term)),)


def _hand_over(s: Standing, primary: str, to: str, term: int) -> Step:
    if to not in s.members or to == primary or term <= s.durable.promised:
        return s, ()
    said = (Say("handover", f"{primary} hands over to {to}, term {term}"),)
    return _and(said, _begin(replace(s, office=Handing(term, primary, to)), Grant, term, to))


def _count_grants(s: Standing, office: Handing, sender: str) -> Step:
    office = replace(office, granted=office.granted | {sender})
    s = replace(s, office=office)
    if s.me == office.to and office.granted == s.members:
        return _begin(s, Promote, office.term, True)
    return s, ()


# --- the worker's results, and the server's fate -------------------------------------------------


def _done(s: Standing, done: Done) -> Step:
    s = s if done.durable is None else replace(s, durable=done.durable)
    if s.work is None or done.number != s.work.number:
        return s, ()
    work, s = s.work, replace(s, work=None)
    if not done.ok:
        return _failed(s, work, done.why)
    match work, s.office:
        case Look(), Electing():
            return s, (Send(State(s.nonce, s.durable.promised, done.claim)),)
        case Yield(term=term), Electing() as electing:
            vote = Vote(electing.nonces, term, done.complete, done.empty, done.fresh, done.place)
            return s, (Send(vote),)
        case Grant(term=term), Handing():
            return s, (Send(Granted(term)),)
        case Promote(term=term), Elected() | Handing():
            return s, (Say("promoted", f"term {term}"), Send(Promoted(term)))
        case Follow() | Serve(), Reigning():
            said = Say("followed" if isinstance(work, Follow) else "served", done.why)
            return replace(s, office=replace(s.office, in_step=True)), (said,)
        case Start(), Waiting() if (done.complete or done.empty) and s.abstained:
            return s, (Send(Anew("its data are loaded")),)
    return s, ()


def _failed(s: Standing, work: Work, why: str) -> Step:
    """What matters to all is said to all; the rest is tried again in a second."""
    said = Say("failed", f"{type(work).__name__.lower()}: {why}")
    matters = isinstance(work, Promote | Grant | Serve | Look | Yield)
    return s, (said, Send(Anew(why))) if matters and quorate(s) else (said,)


def _lost(s: Standing, why: str) -> Step:
    said = Say("lost", why)
    match s.office:
        case Reigning(primary=s.me) | Elected(winner=s.me):
            return s, (said, Send(Anew(why)))
        case Handing(primary=primary, to=to) if s.me in (primary, to):
            return s, (said, Send(Anew(why)))
        case Reigning() as office:
            s = replace(s, office=replace(office, in_step=False))
            return _and((said,), _begin(s, Follow, office.term, office.primary))
    return s, (said,)


def _tick(s: Standing, tick: Tick) -> Step:
    if s.work is not None:
        return s, ()
    match s.office:
        case Reigning(primary=s.me) as office:
            if not tick.running:
                return s, (Send(Anew("its server does not run")),)
            if tick.astray:
                return s, (Send(Anew("its server is no primary any more")),)
            if tick.spread and s.wanted != s.me and s.wanted in s.members:
                return s, _offer(s, office, s.wanted)
        case Reigning() as office if tick.astray or not tick.running or not office.in_step:
            s = replace(s, office=replace(office, in_step=False))
            return _begin(s, Follow, office.term, office.primary)
        case None | Waiting() if not tick.running:
            return _begin(s, Start)
    return s, ()

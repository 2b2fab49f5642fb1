"""Who plays primary of a datastore: `step(state, event) -> (state, actions)`.

Raft's election with PostgreSQL's log as the log and a closed process group as transport. Pure: no
I/O, no clock, no threads, so that a test can explore the very code that runs in production. The
numbers of rules are those of docs/explanation/failover.md.

An event changes what is known (`_hear`); then the steward leads its clients, speaks, and begins
the next work (`_act`). What is next follows from what is known, never from how it came to be known,
so an event that comes late, twice or in a strange order needs no case of its own.
"""

from __future__ import annotations

from dataclasses import replace

from ..view import View
from . import following, voting
from .protocol import (
    Action,
    Again,
    Asked,
    Cancel,
    Candidate,
    CloseGate,
    Delivered,
    Demote,
    Done,
    Durable,
    Event,
    Failed,
    Follow,
    Following,
    Handover,
    Mark,
    Message,
    Persist,
    Promoted,
    Rejoin,
    Resign,
    Route,
    Say,
    Send,
    Serving,
    Settle,
    State,
    Tag,
    ViewChanged,
)
from .standing import Electing, Member, Reigning, Step, Steward, claim, quorate
from .working import begin, end


def start(
    me: str, hosts: tuple[str, ...], preferences: tuple[tuple[str, int], ...], durable: Durable
) -> Step:
    """A steward that has just started. It knows nothing about its member and claims nothing
    (rule 11): the gate is closed, a pending promotion settled (rule 5), and a PostgreSQL that is
    found running as primary is made a standby (rule 3)."""
    return _act(Steward(me, hosts, preferences, durable), (Route(None),))


def step(s: Steward, event: Event) -> Step:
    """What `event` changes, and what is to be done about it."""
    return _act(*_hear(s, event))


def _act(s: Steward, actions: tuple[Action, ...]) -> Step:
    for act in (_lead, _speak, _work):
        s, more = act(s)
        actions += more
    return s, actions


# --- hearing ------------------------------------------------------------------------------------


def _hear(s: Steward, event: Event) -> Step:
    match event:
        case ViewChanged(view):
            return _enter(s, view)
        case Delivered(sender, message):
            return _receive(s, sender, message) if is_of_this_view(s, sender, message) else (s, ())
        case Done():
            return end(s, event)
        case Failed(why):
            failed = Member(role="failed", shut=s.member.shut)
            return replace(s, member=failed), (Say("failed", why),)
        case Asked():
            return _ask(s, event)
        case Again():
            return replace(s, trouble=""), ()


def _enter(s: Steward, view: View) -> Step:
    """Rule 2: a new view knows nothing; its members first tell each other where they stand."""
    s = replace(s, view=view, states=(), office=None, trouble="")
    told = Say("view", f"{', '.join(view.members)}: {'' if quorate(s) else 'not '}quorate")
    if not quorate(s):
        return s, (told,)
    own, stream = claim(s), s.member.stream
    state = State(
        ring=view.ring,
        members=view.members,
        nonce=view.nonce,
        promised=s.durable.promised,
        claim=own,
        terms=s.durable.terms,
        marked=own is not None and s.member.marked,
        following=stream[1] if stream and not s.durable.incomplete else None,
    )
    return s, (told, Send(state))


def is_of_this_view(s: Steward, sender: str, message: Message) -> bool:
    """Rule 1: what was meant for another view is dropped."""
    if not isinstance(message, State):
        return s.office is not None and message.tag == s.office.tag
    if s.view is None or (message.ring, message.members) != (s.view.ring, s.view.members):
        return False
    return sender != s.me or message.nonce == s.view.nonce


def _receive(s: Steward, sender: str, message: Message) -> Step:
    match s.office, message:
        case _, State():
            return _gather(s, sender, message)
        case Electing(winner=None) as office, Candidate() if message.term == office.term:
            return voting.count(s, office, sender, message)
        case Electing() as office, Promoted() if (sender, message.term) == _head(office):
            return replace(s, office=Reigning(office.tag, sender, message.term, message.terms)), ()
        case Reigning() as office, Serving() if (sender, message.term) == _head(office):
            why = f"a follower acknowledged the marker of term {office.term}"
            return replace(s, office=replace(office, serving=True)), (
                Say("serving", f"{sender}: {why}"),
            )
        case Reigning() as office, Following() if message.term == office.term:
            others = office.followers - {sender}
            now = others | {sender} if message.streaming else others
            return replace(s, office=replace(office, followers=now)), ()
        case (Electing() | Reigning()) as office, Resign() if (sender, message.term) == _head(
            office
        ):
            successor = Electing(office.tag, office.term + 1, message.to, sender)
            why = f"term {successor.term} to be elected: {sender} resigned, {message.why}"
            return replace(s, office=successor), (Say("state", why),)
        case Reigning() as office, Handover():
            return _consider(s, office, message)
    return s, ()


def _head(office: Electing | Reigning) -> tuple[str | None, int]:
    """Who leads this term, or is about to."""
    return (office.winner if isinstance(office, Electing) else office.primary), office.term


def _gather(s: Steward, sender: str, state: State) -> Step:
    """Rule 2. A member's later state replaces its former one: it was meant for an earlier view of
    the same ring and members."""
    states = dict(s.states) | {sender: state}
    s = replace(s, states=tuple(sorted(states.items())))
    if not all_states_are_here(s):
        return s, ()
    nonces = tuple((host, each.nonce) for host, each in s.states)
    return _decide(s, (state.ring, state.members, nonces))


def all_states_are_here(s: Steward) -> bool:
    """Rule 2: nothing is decided until then."""
    return s.view is not None and len(s.states) == len(s.view.members)


def _decide(s: Steward, tag: Tag) -> Step:
    """Rule 2: one claim that nobody has promised beyond, or an election."""
    highest = max(state.promised for _, state in s.states)
    valid = [(host, state) for host, state in s.states if claim_stands(state, highest)]
    if len(valid) != 1:
        why = f"term {highest + 1} to be elected: no valid claim, highest promise {highest}"
        return replace(s, office=Electing(tag, highest + 1)), (Say("state", why),)
    primary, state = valid[0]
    term = state.claim or 0
    followers = frozenset(host for host, each in s.states if each.following == term)
    office = Reigning(tag, primary, term, state.terms, state.marked, followers)
    office = replace(office, said="following" if s.me in followers else "")
    return replace(s, office=office), (Say("state", f"{primary} is primary of term {term}"),)


def claim_stands(state: State, highest: int) -> bool:
    """Rule 2: a primary is one only while nobody in the view has promised a later term."""
    return state.claim is not None and state.claim >= highest


def _ask(s: Steward, asked: Asked) -> Step:
    if isinstance(s.office, Reigning):
        return s, (Send(Handover(s.office.tag, asked.to, asked.why)),)
    return s, (Say("refused", "handover: there is no primary now"),)


def _consider(s: Steward, office: Reigning, asked: Handover) -> Step:
    refused = following.refusal(s, office, asked)
    if refused:
        return s, (Say("refused", f"handover: {refused}"),)
    goal = f"from {office.primary} to {asked.to or 'the best follower'}: {asked.why}"
    return replace(s, office=replace(office, handover=asked)), (Say("handover", goal),)


# --- clients, words, work -----------------------------------------------------------------------


def _lead(s: Steward) -> Step:
    """Rules 11 and 14: where this host's clients go. Kept during a state round, so that a view
    change which leaves the primary alone disturbs nobody."""
    match s.office:
        case Reigning(primary=primary, serving=True):
            goal: str | None = primary
        case None if quorate(s) and s.view is not None and s.routed in s.view.members:
            goal = s.routed
        case _:
            goal = None
    if goal == s.routed:
        return s, ()
    why = "serving" if goal else "no primary is known to serve"
    return replace(s, routed=goal), (Route(goal), Say("routed", f"{goal or 'nobody'}: {why}"))


def _speak(s: Steward) -> Step:
    match s.office:
        case Electing() as office:
            return voting.speak(s, office)
        case Reigning(primary=s.me) as office:
            return following.speak_as_primary(s, office)
        case Reigning() as office:
            return following.speak_as_follower(s, office)
        case None:
            return s, ()


def _work(s: Steward) -> Step:
    """At most one piece of work is under way; what the present asks for no longer is cancelled."""
    if s.work is not None:
        if s.cancelled or not _is_stale(s):
            return s, ()
        return replace(s, cancelled=True), (Cancel(),)
    if s.trouble:
        return s, ()
    return _first(s) or _by_office(s) or (s, ())


def _is_stale(s: Steward) -> bool:
    match s.work:
        case Mark():
            return not is_rightful_primary(s)
        case Follow(primary=primary, term=term) | Rejoin(primary=primary, term=term):
            return s.office is not None and _head(s.office) != (primary, term)
        case _:
            return False


def _first(s: Steward) -> Step | None:
    """What comes before anything else, whatever the office."""
    number = s.number + 1
    if s.unsaved:
        return begin(s, Persist(number, s.durable))
    if not s.member.shut and s.member.stream is None:
        return begin(s, CloseGate(number))
    if s.durable.intent is not None and must_settle(s):
        return begin(s, Settle(number, s.durable.intent))
    if must_demote(s) and voting.is_complete(s):
        return begin(s, Demote(number))
    return None


def must_settle(s: Steward) -> bool:
    """Rule 5: a promotion that may be under way is ended, unless it is the one just won."""
    match s.office:
        case Electing(winner=s.me, term=term) if voting.can_win(s):
            return s.durable.intent is not None and s.durable.intent.term != term
        case _:
            return True


def must_demote(s: Steward) -> bool:
    """Rules 3 and 14: who is not rightly primary is a standby, before it votes or follows."""
    return s.member.role != "standby" and not is_rightful_primary(s)


def is_rightful_primary(s: Steward) -> bool:
    """A primary stays one during a state round, and while the view knows it as head of its term."""
    if s.member.role != "primary" or not quorate(s):
        return False
    return s.office is None or _head(s.office) == (s.me, claim(s))


def _by_office(s: Steward) -> Step | None:
    match s.office:
        case Electing(winner=None) as office:
            return voting.promise(s, office)
        case Electing(winner=s.me) as office:
            return voting.win(s, office)
        case Reigning(primary=s.me) as office:
            return following.reign(s, office)
        case Reigning() as office:
            return following.follow(s, office)
        case _:
            return None

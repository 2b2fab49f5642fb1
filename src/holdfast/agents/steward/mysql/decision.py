"""step(state, event) -> (state, actions): what a MySQL keeper does about what happens. Pure."""

from __future__ import annotations

from dataclasses import replace

from ..view import View
from . import agreement
from .founding import Member, Preferences, chain, diverged, foundings
from .protocol import (
    COMPLETE,
    PRIMARY,
    Again,
    Asked,
    Close,
    Delivered,
    Done,
    Durable,
    Event,
    Evict,
    Found,
    Join,
    Leaving,
    Message,
    Now,
    Open,
    Overridden,
    Override,
    Persist,
    Recover,
    Route,
    Say,
    Seen,
    Send,
    State,
    Stop,
    ViewChanged,
    Wipe,
    Wish,
)
from .standing import NOTHING, UNSEEN, Common, Step, Steward, is_primary, quorate, writer
from .working import begin_work, want


def start(me: str, preferences: Preferences, durable: Durable) -> Steward:
    return Steward(me, preferences, durable, durable)


def step(s: Steward, event: Event) -> Step:
    """What `event` changes, and what is to be done about it."""
    s, actions = _hear(s, event)
    for act in (want, _remember, _lead, _speak, _evict, begin_work):
        s, more = act(s)
        actions += more
    return s, actions


# --- hearing --------------------------------------------------------------------------------------


def _hear(s: Steward, event: Event) -> Step:
    match event:
        case ViewChanged(view):
            return _enter(s, view)
        case Delivered(sender, message):
            return _receive(s, sender, message)
        case Seen():
            return _see(s, event)
        case Done():
            return _finish(s, event)
        case Asked():
            return _ask(s, event)
        case Leaving():
            return replace(s, leaving=True), ()
        case Overridden(host):
            if s.common is None:
                return s, (Say("refused", "no majority of the hosts is here"),)
            return s, (Send(Override(s.common.tag, host)),)
        case Again():
            return replace(s, trouble="", idle=s.idle + 1), ()


def _enter(s: Steward, view: View) -> Step:
    """A new view knows nothing; its members first tell each other where they stand."""
    if s.common is not None:
        leaving = {host for host, m in s.common.members if m.report.leaving}
        s = replace(s, parted=(s.parted | leaving) - set(view.members))
    s = replace(s, view=view, states=(), common=None, told=None, wants=False, evicted=frozenset())
    told = Say("view", f"{', '.join(view.members)}: {'' if quorate(s) else 'not '}quorate")
    if not quorate(s):
        return s, (told,)
    return s, (told, Send(State(view.ring, view.members, view.nonce, s.saved, s.report)))


def _receive(s: Steward, sender: str, message: Message) -> Step:
    if isinstance(message, State):
        return _gather(s, sender, message)
    common = s.common
    if common is None or message.tag != common.tag:
        return s, ()
    match message:
        case Now():
            common = agreement.note(common, sender, Member(message.durable, message.report))
        case Wish():
            if refused := agreement.wish_refusal(common, message):
                return s, (Say("refused", f"handover: {refused}"),)
            common = replace(common, wish=message)
        case Override():
            if refused := agreement.refusal(common, message):
                return s, (Say("refused", f"bootstrap: {refused}"),)
            common = agreement.order(common, message)
    return _settle(s, common)


def _gather(s: Steward, sender: str, state: State) -> Step:
    """A member's later state replaces its former one: that was meant for an earlier view of the
    same ring and members."""
    if s.view is None or (state.ring, state.members) != (s.view.ring, s.view.members):
        return s, ()
    if sender == s.me and state.nonce != s.view.nonce:
        return s, ()
    s = replace(s, states=tuple(sorted((dict(s.states) | {sender: state}).items())), told=None)
    if len(s.states) < len(state.members):
        return replace(s, common=None), ()
    own = dict(s.states)[s.me]
    s = replace(s, told=Member(own.durable, own.report))
    return _settle(s, agreement.begin(dict(s.states)))


def _settle(s: Steward, common: Common) -> Step:
    """Decide together, and say what is new."""
    before, common = s.common, agreement.agree(common, s.preferences, s.quorum)
    said: list[Say] = []
    epoch, founding = common.epoch, common.founding
    if epoch is not None and (before is None or before.epoch != epoch):
        said.append(Say("elected", f"{epoch.writer}, among {', '.join(epoch.members)}"))
    if founding is not None and (before is None or before.founding != founding):
        said.append(Say("founding", f"{founding.host} begins anew, from {founding.base}"))
    if common.waits and (before is None or before.waits != common.waits):
        said.append(Say("waiting", f"for {common.waits}"))
    now, was = writer(common), None if before is None else writer(before)
    if now is not None and now != was:
        said.append(Say("serving", f"{now} takes writes"))
    nodes = dict(s.nodes) | {host: m.report.node for host, m in common.members if m.report.node}
    s = replace(s, common=common, nodes=tuple(sorted(nodes.items())))
    return s, tuple(said)


def _see(s: Steward, seen: Seen) -> Step:
    changed, first = seen.stage != s.seen.stage, s.seen == UNSEEN
    s, said = replace(s, seen=seen, idle=0 if changed else s.idle), ()
    if seen.stage == "stopped" and changed and not first:
        s = replace(s, open=0, position=None, wants=False)
        return s, (Say("failed", seen.why or "the server is gone"),)
    if changed:
        s = replace(s, wants=False)
        among = f", with {', '.join(seen.component)}" if seen.component else ""
        return s, (Say("stage", f"{seen.stage}{among}"),)
    return s, said


def _finish(s: Steward, done: Done) -> Step:
    work = s.work
    if work is None or done.number != work.number:
        return s, ()
    s = replace(s, work=None)
    if not done.ok:
        s = replace(s, trouble=done.why, failures=s.failures + 1, wants=False)
        return s, (Say("hindered", f"{type(work).__name__.lower()}: {done.why}"),)
    match work:
        case Persist(durable=durable):
            return replace(s, saved=durable), ()
        case Recover():
            return replace(s, position=done.position), ()
        case Wipe(why=why):
            return replace(s, position=-1), (Say("wiped", why),)
        case Open(epoch=epoch):
            return replace(s, open=epoch, durable=replace(s.durable, opened=epoch)), ()
        case Close():
            return replace(s, open=0), ()
        case Join() | Found() if s.seen.stage == "stopped":
            # Until the watch sees the process itself.
            return replace(s, seen=Seen("starting"), wants=False, idle=0), ()
        case Stop() if not s.seen.process:
            return replace(s, seen=NOTHING, position=None), ()
    return s, ()


def _ask(s: Steward, asked: Asked) -> Step:
    if s.common is None:
        return s, (Say("refused", "handover: there is no writer now"),)
    return s, (
        Say("handover", f"to {asked.to or 'the best of the others'}: {asked.why}"),
        Send(Wish(s.common.tag, asked.to, asked.why)),
    )


# --- what is kept ---------------------------------------------------------------------------------


def _remember(s: Steward) -> Step:
    """What has to be on disk next, as far as the present order of things says."""
    common = s.common
    if common is None:
        return s, ()
    durable = _with_history(s, common)
    epoch = common.epoch
    # Who took writes takes none any more before it agrees to another writer.
    if epoch is not None and not (s.open and epoch.writer != s.me):
        durable = _with_epoch(s, common, durable)
    if durable.incomplete and s.seen.stage == "synced" and is_primary(common, s.me):
        durable = replace(durable, incomplete=False)
    return replace(s, durable=durable), ()


def _with_history(s: Steward, common: Common) -> Durable:
    """Foundings that others know, or that were just agreed. Data that reach no further than where
    one began are the beginning of what follows."""
    durable = s.durable
    known = set(foundings(common.by_host)) | set(durable.foundings)
    if common.founding is not None:
        known.add(common.founding)
    if tuple(sorted(known)) == durable.foundings:
        return durable
    own = Member(durable, s.report)
    history = tuple(sorted(known))
    agrees = not durable.incomplete and not diverged(own, history)
    belongs = history[-1].number if agrees else durable.belongs
    return replace(durable, foundings=history, belongs=belongs)


def _with_epoch(s: Steward, common: Common, durable: Durable) -> Durable:
    epoch = common.epoch
    assert epoch is not None
    if durable.epoch == epoch:
        head = common.by_host.get(epoch.writer)
        opened_since = head is not None and head.durable.opened >= epoch.number
        return replace(durable, epochs=(epoch,)) if opened_since else durable
    older = chain(common.by_host | {s.me: Member(durable, s.report)})
    kept = (e for e in older if e.number < epoch.number)
    process, since = "", 0
    if s.seen.stage in COMPLETE and s.me in epoch.members:
        process = s.seen.process
        unbroken = durable.process == process and durable.since
        since = durable.since if unbroken else epoch.number
    opened = epoch.number if s.open and epoch.writer == s.me else durable.opened
    return replace(durable, epochs=(*kept, epoch), opened=opened, process=process, since=since)


# --- clients, words -------------------------------------------------------------------------------


def _lead(s: Steward) -> Step:
    """Where this host's clients go. Kept during a state round, so that a view change which leaves
    the writer alone disturbs nobody."""
    if not quorate(s):
        goal = None
    elif s.common is not None:
        goal = writer(s.common)
    else:
        assert s.view is not None
        goal = s.routed if s.routed in s.view.members else None
    if goal == s.routed:
        return s, ()
    return replace(s, routed=goal), (Route(goal), Say("routed", goal or "nobody"))


def _speak(s: Steward) -> Step:
    own = Member(s.saved, s.report)
    if s.common is None or own == s.told:
        return s, ()
    return replace(s, told=own), (Send(Now(s.common.tag, own.durable, own.report)),)


def _gone(s: Steward, common: Common) -> list[str]:
    """Members of the component that are known to be lost."""
    members = common.by_host
    return [
        host
        for host in s.seen.component
        if host != s.me and host not in s.parted
        if host not in members or members[host].report.stage == "stopped"
    ]


def _evict(s: Steward) -> Step:
    """The lost are given up at once: nothing can be acknowledged before all that are in the
    component have received it.

    One survivor tells the group, the one with the smallest UUID, who also writes the new view
    (evs_proto.cpp, is_representative). If two did, each would hear of the other's before it had
    its own, and they would agree only at the next evs.join_retrans_period."""
    if s.common is None or s.seen.stage not in PRIMARY:
        return s, ()
    nodes, gone = dict(s.nodes), _gone(s, s.common)
    survivors = [nodes[host] for host in s.seen.component if host in nodes and host not in gone]
    if nodes.get(s.me) != min(survivors, default=None):
        return s, ()
    fresh = [host for host in gone if host in nodes and nodes[host] not in s.evicted]
    s = replace(s, evicted=s.evicted | {nodes[host] for host in fresh})
    return s, tuple(Evict(host, nodes[host]) for host in fresh)

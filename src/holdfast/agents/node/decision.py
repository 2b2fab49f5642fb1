"""What to do about lost nodes, and about oneself when one is lost. Pure:
step(state, event) -> (state, actions).

1. Only one of a majority of agents acts, the first by name; whoever it is begins by bringing every
   node to where it should be, whatever was done before.
2. A node is lost when it is not in corosync's ring and *every* agent of the view hears nothing
   from it. One answer, of whatever kind, to one of them: then it is slow, or cut off from some.
3. What must not run twice is only let go on confirmation: its BMC says off, or its own agent must
   have stopped its workloads by now.
4. A node that is in the ring again is cleaned, and only then starts what it has stopped.
5. An agent that has had a quorum and has none for a stated time stops its node's workloads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from .protocol import (
    Acted,
    Action,
    Cancel,
    Clean,
    Done,
    Event,
    Grade,
    Heard,
    Knocked,
    Noted,
    Order,
    Powered,
    Rest,
    Say,
    Seen,
    StartOwn,
    StopOwn,
    Tick,
    Watch,
)
from .standing import Agent, Kept, Lost, acts, quorate, wanted

PARTED_MS = 1000
"""An agent that leaves so shortly before its node is one that left with it: corosync tells the two
one after the other."""

Step = tuple[Agent, tuple[Action, ...]]


def step(agent: Agent, event: Event) -> Step:
    agent, actions = _told(agent, event)
    agent, orders = _settled(agent)
    return agent, (*actions, *orders)


def _told(agent: Agent, event: Event) -> Step:
    match event:
        case Seen():
            return _seen(agent, event)
        case Knocked():
            return _knocked(agent, event)
        case Powered():
            return _with(agent, event.node, off=event.off), ()
        case Heard():
            return _heard(agent, event)
        case Tick():
            return _tick(agent, event.at)
        case Done():
            return _done(agent, event)


# --- who is there -------------------------------------------------------------------------------


def _seen(agent: Agent, event: Seen) -> Step:
    before = agent
    agent = replace(
        agent,
        now=event.at,
        seen=event,
        parted=_parted(before, event),
        # Others may have acted meanwhile, and undone what this one did.
        done={},
        resting=frozenset(),
    )
    lost = _lost(before, agent) if quorate(agent) else {}
    agent = replace(agent, lost=lost, kept=_kept(agent))
    return agent, (*_watching(before, agent), *_findings(agent))


def _parted(before: Agent, event: Seen) -> dict[str, int]:
    """Agents that are missing while their nodes are not."""
    absent = [node for node in event.nodes if node not in event.agents]
    left = {node: event.at for node in absent if node in before.seen.agents}
    return {**left, **{node: at for node, at in before.parted.items() if node in absent}}


def _lost(before: Agent, agent: Agent) -> dict[str, Lost]:
    missing = (node for node in agent.settings.nodes if node not in agent.seen.nodes)
    return {node: _lost_one(before, agent, node) for node in missing}


def _lost_one(before: Agent, agent: Agent, node: str) -> Lost:
    """Counted from this ring on: before it, the lost node may have had a majority with others."""
    old, now = before.lost.get(node), agent.seen
    if old is None:
        return Lost(since=now.at, minded=_minded(before, now.at, node))
    if before.seen.ring == now.ring:
        return replace(old, silent=frozenset())
    nobody_new = set(now.nodes) <= set(before.seen.nodes)
    return replace(old, since=now.at, minded=old.minded and nobody_new, silent=frozenset())


def _minded(before: Agent, at: int, node: str) -> bool:
    if node in before.seen.agents:
        return quorate(before)
    left = before.parted.get(node)
    return left is not None and at - left <= PARTED_MS


def _kept(agent: Agent) -> Kept:
    if quorate(agent):
        return replace(agent.kept, quorate=True, since=None)
    if agent.kept.quorate and agent.kept.since is None:
        return replace(agent.kept, since=agent.now)
    return agent.kept


def _watching(before: Agent, agent: Agent) -> Iterator[Action]:
    yield from (Watch(node) for node in agent.lost if node not in before.lost)
    yield from (Rest(node) for node in before.lost if node not in agent.lost)


# --- what is heard of them ----------------------------------------------------------------------


def _findings(agent: Agent) -> tuple[Action, ...]:
    ring = agent.seen.ring
    known = ((node, lost.own) for node, lost in agent.lost.items())
    return tuple(Say(Noted(ring, node, own)) for node, own in known if own is not None)


def _knocked(agent: Agent, event: Knocked) -> Step:
    lost = agent.lost.get(event.node)
    if lost is None or lost.own == event.silent:
        return agent, ()
    agent = _with(agent, event.node, own=event.silent)
    return agent, (Say(Noted(agent.seen.ring, event.node, event.silent)),)


def _heard(agent: Agent, event: Heard) -> Step:
    match event.word:
        case Noted(ring, node, silent):
            lost = agent.lost.get(node)
            if lost is None or ring != agent.seen.ring:
                return agent, ()
            heard = lost.silent | {event.sender} if silent else lost.silent - {event.sender}
            return _with(agent, node, silent=heard), ()
        case Acted(node):
            return replace(agent, done=_without(agent.done, node)), ()
        case Clean(node):
            return _cleaned(agent, node)


def _cleaned(agent: Agent, node: str) -> Step:
    if node != agent.settings.name or not agent.kept.stopped or not quorate(agent):
        return agent, ()
    return replace(agent, kept=replace(agent.kept, stopped=False)), (StartOwn(),)


def _with(agent: Agent, node: str, **changes: object) -> Agent:
    lost = agent.lost.get(node)
    if lost is None:
        return agent
    return replace(agent, lost={**agent.lost, node: replace(lost, **changes)})  # type: ignore[arg-type]


# --- the clock ----------------------------------------------------------------------------------


def _tick(agent: Agent, at: int) -> Step:
    agent = replace(agent, now=at, resting=frozenset())
    actions: tuple[Action, ...] = ()
    if at >= agent.recheck_at:
        agent = replace(agent, done={}, recheck_at=at + agent.settings.recheck_ms)
        actions = _findings(agent)
    kept = agent.kept
    if not kept.stopped and _too_long_alone(agent):
        agent = replace(agent, kept=replace(kept, stopped=True))
        actions = (*actions, StopOwn())
    return agent, actions


def _too_long_alone(agent: Agent) -> bool:
    since = agent.kept.since
    return since is not None and agent.now - since >= agent.settings.alone_ms


# --- orders -------------------------------------------------------------------------------------


def _done(agent: Agent, event: Done) -> Step:
    agent = replace(agent, busy=_without(agent.busy, event.node))
    if not acts(agent):
        # Whoever acts now may have looked before this landed.
        return agent, (Say(Acted(event.node)),)
    if not event.ok:
        return replace(agent, resting=agent.resting | {event.node}), ()
    agent = replace(agent, done={**agent.done, event.node: event.grade})
    clean = event.grade is Grade.CLEAN and event.node in agent.seen.nodes
    return agent, (Say(Clean(event.node)),) if clean else ()


def _settled(agent: Agent) -> Step:
    """Order what is wanted and not there; one order about a node at a time."""
    actions: list[Action] = []
    busy = dict(agent.busy)
    for node in agent.settings.nodes:
        grade = wanted(agent, node)
        if node in busy:
            if busy[node] != grade:
                actions.append(Cancel(node))
        elif grade is not None and node not in agent.resting and agent.done.get(node) != grade:
            busy[node] = grade
            actions.append(Order(node, grade))
    return replace(agent, busy=busy), tuple(actions)


def _without(of: Mapping[str, Grade], node: str) -> dict[str, Grade]:
    return {name: grade for name, grade in of.items() if name != node}

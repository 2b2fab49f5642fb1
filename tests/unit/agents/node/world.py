"""A cluster of three nodes in which anything may happen in any order, around the node agents' real
decision. A tick of the clock is the unit of time.

What is taken for granted, as the timers are made for it: within a tick, corosync tells everybody
who is there, systemd starts an agent anew, and an agent that stops its workloads has done so.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple, TypeVar

from holdfast.agents.node.decision import step
from holdfast.agents.node.protocol import (
    Action,
    Done,
    Event,
    Grade,
    Heard,
    Knocked,
    Order,
    Powered,
    Say,
    Seen,
    Settings,
    StartOwn,
    StopOwn,
    Tick,
)
from holdfast.agents.node.standing import Agent, Kept, acts

T = TypeVar("T")

NAMES = ("a", "b", "c")
ALL = frozenset(range(3))
LINKS = frozenset({(0, 1), (0, 2), (1, 2)})
ALONE, CERTAIN = 1, 3


class Violation(AssertionError):
    """What must never happen has happened."""


class Budget(NamedTuple):
    """How much may go wrong, and how much time passes."""

    cuts: int = 0
    slow: int = 0
    power: int = 0
    crashes: int = 0
    refusals: int = 0
    words: int = 0
    ticks: int = 3


class Flight(NamedTuple):
    """An order on its way to the API. `orphan`: its agent is no more."""

    by: int
    node: int
    grade: Grade
    orphan: bool = False


class World(NamedTuple):
    """`prompt`: words arrive at once where no view is on its way, and what changes nothing is done
    at once, so that there are fewer orders of what makes no difference. `rings`: who is in
    corosync's ring with whom, by its first member; -1 has none. `minds`: agents, None where there
    is none. `taints`: what the API has about each node."""

    prompt: bool
    left: Budget
    clock: int
    sequence: int
    up: tuple[bool, ...]
    links: frozenset[tuple[int, int]]
    rings: tuple[int, ...]
    minds: tuple[Agent | None, ...]
    kept: tuple[Kept, ...]
    inboxes: tuple[tuple[Event, ...], ...]
    flights: tuple[Flight, ...]
    taints: tuple[Grade, ...]
    runs: tuple[bool, ...]
    was_silent: tuple[bool, ...]


Move = tuple[str, World]


@cache
def settings(i: int) -> Settings:
    return Settings(NAMES[i], NAMES, alone_ms=ALONE, certain_ms=CERTAIN, recheck_ms=2)


def begin(left: Budget, *, prompt: bool) -> World:
    """Everybody has just booted, and nobody has seen anybody."""
    fresh = tuple(Agent(settings(i), Kept()) for i in range(3))
    world = World(
        prompt,
        left, 0, 1, (True,) * 3, LINKS, (0,) * 3, fresh, (Kept(),) * 3, ((),) * 3, (),
        (Grade.CLEAN,) * 3, (True,) * 3, (False,) * 3,
    )  # fmt: skip
    return announced(world, ALL)


def key(world: World) -> World:
    """Something to remember a world by."""
    return world._replace(minds=tuple(_index(mind) for mind in world.minds))  # type: ignore[misc]


_KNOWN: dict[str, int] = {}
_LOOKED_UP: dict[int, tuple[Agent | None, int]] = {}
"""By identity, with the agent itself, so that no other takes its place: few change in a move."""


def _index(mind: Agent | None) -> int:
    if id(mind) not in _LOOKED_UP:
        _LOOKED_UP[id(mind)] = mind, _KNOWN.setdefault(repr(mind), len(_KNOWN))
    return _LOOKED_UP[id(mind)][1]


def put(items: tuple[T, ...], i: int, item: T) -> tuple[T, ...]:
    return (*items[:i], item, *items[i + 1 :])


# --- truth --------------------------------------------------------------------------------------


def linked(world: World, i: int, j: int) -> bool:
    return (min(i, j), max(i, j)) in world.links


def hears(world: World, i: int, j: int) -> bool:
    return world.up[j] and linked(world, i, j)


def api_works(world: World, i: int) -> bool:
    """The API server of `i` has only the etcd of `i`, which needs one more."""
    return world.up[i] and any(hears(world, i, j) for j in ALL - {i})


def note_silence(world: World) -> World:
    silent = tuple(
        was or not any(hears(world, i, j) for i in ALL - {j})
        for j, was in enumerate(world.was_silent)
    )
    return world._replace(was_silent=silent)


# --- what agents do -----------------------------------------------------------------------------


def tell(world: World, i: int, event: Event) -> World:
    mind = world.minds[i]
    assert mind is not None
    mind, actions = step(mind, event)
    # On disk before anything is done.
    world = world._replace(minds=put(world.minds, i, mind), kept=put(world.kept, i, mind.kept))
    for action in actions:
        world = _act(world, i, mind, action)
    return world


def _act(world: World, i: int, mind: Agent, action: Action) -> World:
    match action:
        case Say(word):
            return send(world, world.rings[i], Heard(NAMES[i], word))
        case Order(node, grade):
            j = NAMES.index(node)
            judge(world, mind, j, grade)
            if world.prompt and grade is world.taints[j] is Grade.CLEAN and api_works(world, i):
                return tell(world, i, Done(node, grade, ok=True))
            return world._replace(flights=(*world.flights, Flight(i, j, grade)))
        case StopOwn():
            return world._replace(runs=put(world.runs, i, False))
        case StartOwn():
            return world._replace(runs=put(world.runs, i, True))
    return world


def judge(world: World, mind: Agent, j: int, grade: Grade) -> None:
    """Raises Violation for an order that must not be."""
    if not acts(mind):
        raise Violation("an order without a quorum, or by somebody who is not to act")
    if grade is not Grade.CLEAN and not world.was_silent[j]:
        raise Violation(f"{NAMES[j]} is slow or cut off from one, and was acted upon")
    if grade is Grade.GONE and world.runs[j]:
        raise Violation(f"{NAMES[j]} still runs what must not run twice")


def send(world: World, ring: int, event: Event) -> World:
    for i in sorted(members(world.rings, ring)):
        if world.minds[i] is None:
            continue
        if world.prompt and not world.inboxes[i]:
            world = tell(world, i, event)
        else:
            world = world._replace(inboxes=put(world.inboxes, i, (*world.inboxes[i], event)))
    return world


# --- who is there -------------------------------------------------------------------------------


def regrouped(world: World, rings: tuple[int, ...]) -> World:
    """corosync forms other rings; those that have changed have a view to come."""
    first = {ring: rings.index(ring) for ring in rings if ring >= 0}
    rings = tuple(first.get(ring, -1) for ring in rings)
    old = {members(world.rings, ring) for ring in set(world.rings)}
    changed = {i for i in ALL if rings[i] >= 0 and members(rings, rings[i]) not in old}
    world = world._replace(rings=rings, sequence=world.sequence + 1)
    return announced(note_silence(world), frozenset(changed))


def members(rings: tuple[int, ...], ring: int) -> frozenset[int]:
    return frozenset(i for i in ALL if rings[i] == ring)


def announced(world: World, to: frozenset[int]) -> World:
    for i in to:
        if world.minds[i] is not None:
            world = world._replace(
                inboxes=put(world.inboxes, i, (*world.inboxes[i], view(world, i)))
            )
    return world


def view(world: World, i: int) -> Seen:
    there = sorted(members(world.rings, world.rings[i]))
    agents = tuple(NAMES[j] for j in there if world.minds[j] is not None)
    return Seen(world.clock, (0, world.sequence), agents, tuple(NAMES[j] for j in there))


def without_agent(world: World, i: int) -> World:
    """The agent of `i` dies; what it has ordered may still happen."""
    flights = tuple(f._replace(orphan=True) if f.by == i else f for f in world.flights)
    world = world._replace(
        minds=put(world.minds, i, None), inboxes=put(world.inboxes, i, ()), flights=flights
    )
    return announced(world, members(world.rings, world.rings[i]))


def with_agent(world: World, i: int) -> World:
    fresh = Agent(settings(i), world.kept[i], now=world.clock)
    world = world._replace(minds=put(world.minds, i, fresh))
    return announced(world, members(world.rings, world.rings[i]))


def powered_off(world: World, i: int) -> World:
    flights = tuple(f for f in world.flights if f.by != i)
    world = without_agent(world, i)._replace(
        up=put(world.up, i, False),
        kept=put(world.kept, i, Kept()),
        runs=put(world.runs, i, False),
        flights=flights,
    )
    return regrouped(world, put(world.rings, i, -1))


def powered_on(world: World, i: int) -> World:
    """It comes up where the others are, if there are any that it can reach."""
    fresh = Agent(settings(i), Kept(), now=world.clock)
    world = world._replace(
        up=put(world.up, i, True),
        minds=put(world.minds, i, fresh),
        runs=put(world.runs, i, True),
    )
    others = [j for j in sorted(ALL - {i}) if world.rings[j] >= 0 and linked(world, i, j)]
    return regrouped(world, put(world.rings, i, world.rings[others[0]] if others else 9))


# --- what may happen ----------------------------------------------------------------------------


def moves(world: World) -> Iterator[Move]:
    for i in ALL:
        mind = world.minds[i]
        if mind is None:
            if world.up[i]:
                yield f"agent {NAMES[i]} starts", with_agent(world, i)
            continue
        if world.inboxes[i]:
            first, *rest = world.inboxes[i]
            taken = world._replace(inboxes=put(world.inboxes, i, tuple(rest)))
            yield f"{NAMES[i]} is told {first}", tell(taken, i, first)
            if world.left.words and isinstance(first, Heard):
                yield f"{NAMES[i]} misses {first}", spend(taken, "words")
        yield from findings(world, i, mind)
    for number, flight in enumerate(world.flights):
        yield from arrivals(world, number, flight)
    yield from faults(world)
    if may_tick(world) and world.left.ticks:
        yield "tick", ticked(spend(world, "ticks"))


def findings(world: World, i: int, mind: Agent) -> Iterator[Move]:
    for node, lost in mind.lost.items():
        j = NAMES.index(node)
        silent = not hears(world, i, j)
        if lost.own != silent:
            yield f"{NAMES[i]} knocks at {node}", tell(world, i, Knocked(node, silent))
        off = not world.up[j]
        if lost.off != off:
            yield f"{NAMES[i]} asks the BMC of {node}", tell(world, i, Powered(node, off))


def arrivals(world: World, number: int, flight: Flight) -> Iterator[Move]:
    """An order lands, or does not. Without etcd's majority it cannot."""
    i, j, grade, orphan = flight
    flown = world._replace(flights=(*world.flights[:number], *world.flights[number + 1 :]))
    if api_works(world, i):
        now = grade if grade is Grade.CLEAN else max(grade, world.taints[j])
        landed = flown._replace(taints=put(world.taints, j, now))
        done = landed if orphan else tell(landed, i, Done(NAMES[j], grade, ok=True))
        yield f"{NAMES[i]}: {grade.name} of {NAMES[j]} lands", done
    if orphan:
        yield f"{NAMES[i]}: {grade.name} of {NAMES[j]} is no more", flown
    elif not api_works(world, i) or world.left.refusals:
        spent = flown if not api_works(world, i) else spend(flown, "refusals")
        name = f"{NAMES[i]}: {grade.name} of {NAMES[j]} fails"
        yield name, tell(spent, i, Done(NAMES[j], grade, ok=False))


def faults(world: World) -> Iterator[Move]:
    left = world.left
    for i in ALL:
        if left.power and world.up[i]:
            yield f"power of {NAMES[i]} off", powered_off(spend(world, "power"), i)
        if not world.up[i]:
            yield f"power of {NAMES[i]} on", powered_on(world, i)
        if left.crashes and world.minds[i] is not None:
            yield f"agent {NAMES[i]} dies", without_agent(spend(world, "crashes"), i)
        if left.slow and world.up[i]:
            yield f"{NAMES[i]} slow", regrouped(spend(world, "slow"), put(world.rings, i, 9))
        if left.cuts and world.up[i]:
            yield from cut(spend(world, "cuts"), i)
    if world.links != LINKS or len({r for r in world.rings if r >= 0}) > 1:
        yield "healed", healed(world)


def cut(world: World, i: int) -> Iterator[Move]:
    """Off from everybody, or off from one only."""
    for gone in ([0, 1, 2], *([j] for j in sorted(ALL - {i}))):
        links = frozenset(
            link for link in world.links if not (i in link and {*link} & {*gone} - {i})
        )
        name = f"{NAMES[i]} cut off from {[NAMES[j] for j in gone if j != i]}"
        yield name, regrouped(world._replace(links=links), put(world.rings, i, 9))


def healed(world: World) -> World:
    rings = tuple(0 if world.up[i] else -1 for i in range(3))
    return regrouped(world._replace(links=LINKS), rings)


def may_tick(world: World) -> bool:
    told = not any(isinstance(e, Seen) for inbox in world.inboxes for e in inbox)
    return told and all(world.minds[i] is not None for i in ALL if world.up[i])


def ticked(world: World) -> World:
    world = world._replace(clock=world.clock + 1)
    for i in ALL:
        if world.minds[i] is not None:
            world = tell(world, i, Tick(world.clock))
    return world


def spend(world: World, what: str) -> World:
    left = world.left
    return world._replace(left=left._replace(**{what: getattr(left, what) - 1}))

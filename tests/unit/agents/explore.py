"""Searches through everything that may happen to stewards, for what must never happen.

`search` visits every world that can be reached within a budget, `walk` follows chance with a fixed
seed through far longer stories, and `calm` lets all faults end, to see that the group serves again.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from holdfast.agents.steward.postgresql.protocol import Asked, ViewChanged
from holdfast.agents.steward.postgresql.standing import serves
from holdfast.agents.steward.view import View

from .model import Model
from .works import working
from .world import (
    AGAIN,
    FAILED,
    NOWHERE,
    Budget,
    Label,
    Move,
    Violation,
    World,
    spend,
    swap,
)

ENDLESS = 3000
"""Steps after which a calm group that still works is taken to go in circles."""


# --- moves --------------------------------------------------------------------------------------


def moves(model: Model, world: World) -> Iterator[Move]:
    """Everything that may happen next."""
    for i in range(len(world.hosts)):
        yield from ordinary(model, world, i)
        yield from faults(model, world, i)
    yield from announcements(model, world)
    yield from cuts(world)


def ordinary(model: Model, world: World, i: int) -> Iterator[Move]:
    """What happens at host `i` by itself, sooner or later."""
    host = model.host(world, i)
    s = model.mind(host)
    if s is not None:
        if world.inboxes[i]:
            yield ("deliver", i, world.inboxes[i][0]), delivered(model, world, i)
        if host.unnoticed:
            yield ("failed", i), model.hear(model.change(world, i, unnoticed=False), i, FAILED)
        if s.trouble:
            yield ("again", i), model.hear(world, i, AGAIN)
        yield from working(model, world, i)
    yield from surroundings(model, world, i)


def surroundings(model: Model, world: World, i: int) -> Iterator[Move]:
    """What PostgreSQL does at host `i`, whether its steward sleeps or not."""
    host = model.host(world, i)
    if host.pg.request is not None and host.pg.role == "standby":
        yield ("fire", i), model.fired(world, i)
    streamed = model.streamed(world, i)
    if streamed is not None:
        yield ("stream", i), streamed


def delivered(model: Model, world: World, i: int) -> World:
    first, *others = world.inboxes[i]
    world = world._replace(inboxes=swap(world.inboxes, i, tuple(others)))
    return model.heard(world, i, first)


def faults(model: Model, world: World, i: int) -> Iterator[Move]:
    """What an adversary may do to host `i`."""
    host, left = model.host(world, i), world.left
    if left.writes and host.pg.role == "primary":
        yield ("write", i), model.written(spend(world, "writes"), i)
    if left.kills and host.pg.role != "down":
        yield ("kill", i), killed(model, spend(world, "kills"), i)
    if left.crashes and host.up:
        yield ("power-off", i), powered_off(model, spend(world, "crashes"), i)
    if left.restarts and host.steward != NOWHERE:
        yield ("steward-dies", i), left_alone(model, spend(world, "restarts"), i)
    if host.steward == NOWHERE:
        for name, after in joined(model, world, i):
            yield (name, i), after
    if left.handovers and host.steward != NOWHERE and i == 0:
        asked = Asked(None, "a person asked")
        yield ("asked", i), model.hear(spend(world, "handovers"), i, asked)


def killed(model: Model, world: World, i: int) -> World:
    world = model.postgres(world, i, role="down", request=None, confirmed=())
    return model.change(world, i, unnoticed=model.steward(world, i) is not None)


def powered_off(model: Model, world: World, i: int) -> World:
    return model.change(left_alone(model, killed(model, world, i), i), i, up=False, gate=None)


def left_alone(model: Model, world: World, i: int) -> World:
    """The steward of `i` is gone; the others of its group will hear of it."""
    world = model.change(world, i, steward=NOWHERE, unnoticed=False, stage=0, done=None)
    world = world._replace(inboxes=swap(world.inboxes, i, ()))
    return regrouped(world, swap(world.groups, i, NOWHERE))


def joined(model: Model, world: World, i: int) -> Iterator[tuple[str, World]]:
    """The steward of `i` starts, and joins a group, or none if they may still be parted."""
    alone, groups = model.started(world, i), sorted(set(world.groups) - {NOWHERE})
    if world.left.cuts or not groups:
        yield "starts-alone", alone
    for group in groups:
        yield f"joins-{group}", regrouped(alone, swap(world.groups, i, group))


def regrouped(world: World, groups: tuple[int, ...]) -> World:
    """The network is parted into other groups; a group that lost or won somebody has a view to
    come. Groups are named by their first host."""
    first = {g: groups.index(g) for g in groups if g != NOWHERE}
    groups = tuple(first.get(g, NOWHERE) for g in groups)
    old, new = _sides(world.groups), _sides(groups)
    stale = {g for g, side in new.items() if side != old.get(g) or g in world.unannounced}
    return world._replace(groups=groups, unannounced=frozenset(stale))


def _sides(groups: tuple[int, ...]) -> dict[int, tuple[int, ...]]:
    return {g: tuple(j for j, h in enumerate(groups) if h == g) for g in groups if g != NOWHERE}


def cuts(world: World) -> Iterator[Move]:
    """Every other way of parting the network."""
    if world.left.cuts:
        there = [i for i, group in enumerate(world.groups) if group != NOWHERE]
        for groups in partitions(there, world.groups):
            if groups != world.groups:
                yield ("cut", groups), regrouped(spend(world, "cuts"), groups)


def partitions(there: list[int], groups: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    if not there:
        yield groups
        return
    *others, last = there
    for parted in partitions(others, groups):
        for group in sorted({parted[i] for i in others} | {last}):
            yield swap(parted, last, group)


def announcements(model: Model, world: World) -> Iterator[Move]:
    for group in sorted(world.unannounced):
        yield ("view", group), announced(model, world, group)


def announced(model: Model, world: World, group: int) -> World:
    side = _sides(world.groups)[group]
    view = View((1, 1), tuple(model.names[j] for j in side), f"{world.views}")
    number = model.events.number(ViewChanged(view))
    rest, inboxes = world.unannounced - {group}, world.inboxes
    for j in side:
        inboxes = swap(inboxes, j, (*inboxes[j], number))
    return world._replace(inboxes=inboxes, unannounced=rest, views=world.views + 1)


# --- search -------------------------------------------------------------------------------------


def silent(model: Model, world: World) -> World | None:
    """A delivery that changes only the steward's mind may come first: all orders end alike."""
    if world.left.kills:
        return None
    for i, inbox in enumerate(world.inboxes):
        if not inbox or model.host(world, i).unnoticed:
            continue
        if model.reaction(i, world.hosts[i], inbox[0]).silent:
            return delivered(model, world, i)
    return None


@dataclass
class Found:
    """What a search has seen. `story` is the shortest way to what must never happen."""

    states: int = 0
    transitions: int = 0
    depth: int = 0
    exhausted: bool = True
    why: str = ""
    story: tuple[Label, ...] = ()

    def __str__(self) -> str:
        how = "all" if self.exhausted else "some"
        size = f"{how} {self.states} states, {self.transitions} transitions, depth {self.depth}"
        return f"{size}: {self.why or 'nothing wrong'}"


def spelt(left: Budget) -> str:
    """Such as `writes=2 cuts=1`."""
    return " ".join(f"{name}={count}" for name, count in left._asdict().items() if count)


Path = tuple["Path", Label] | None


def search(model: Model, begin: World, limit: int = 10**9, calm_every: int = 0) -> Found:
    """Breadth first through all worlds, until `limit` states have been seen. Every `calm_every`th
    world is also calmed (0: none)."""
    found, seen = Found(), {hash(begin)}
    queue: deque[tuple[World, Path, int]] = deque([(begin, None, 0)])
    while queue:
        world, path, depth = queue.popleft()
        found.states, found.depth = found.states + 1, depth
        try:
            if calm_every and found.states % calm_every == 0:
                calm(model, world)
            quiet = silent(model, world)
            following = [(("silent",), quiet)] if quiet else moves(model, world)
            for label, after in following:
                found.transitions += 1
                if hash(after) not in seen:
                    model.check(after)
                    seen.add(hash(after))
                    queue.append((after, (path, label), depth + 1))
        except Violation as violation:
            found.why, found.story = str(violation), _told(path)
            return found
        if found.states >= limit:
            found.exhausted = False
            return found
    return found


def _told(path: Path) -> tuple[Label, ...]:
    labels: list[Label] = []
    while path is not None:
        path, label = path
        labels.append(label)
    return tuple(reversed(labels))


def walk(model: Model, begin: World, seed: int, steps: int) -> Found:
    """One long story by chance, which ends in calm. Now and then a host falls asleep, so that what
    is pending there comes late. Without a budget chance decides what may go wrong."""
    chance, found = random.Random(seed), Found(exhausted=False)
    left = begin.left if any(begin.left) else troubled(chance)
    world, asleep = begin._replace(left=left), NOWHERE
    story: list[Label] = []
    try:
        for _ in range(steps):
            if chance.random() < 0.04:
                asleep = chance.choice((NOWHERE, *range(len(world.hosts))))
            following = some_moves(model, world, chance, asleep)
            if following:
                label, world = chance.choice(following)
                story.append(label)
                found.states += 1
                model.check(world)
        calm(model, world)
    except Violation as violation:
        found.why, found.story = str(violation), tuple(story)
    return found


def troubled(chance: random.Random) -> Budget:
    """What may go wrong in one story: never everything, so that stories differ."""
    return Budget(
        writes=chance.randint(1, 6),
        cuts=chance.randint(1, 6),
        crashes=chance.choice((0, 0, 1, 2)),
        restarts=chance.choice((0, 0, 1, 2)),
        kills=chance.choice((0, 0, 1, 2)),
        handovers=chance.choice((0, 0, 1)),
        delays=chance.choice((0, 1)),
    )


def some_moves(model: Model, world: World, chance: random.Random, asleep: int) -> list[Move]:
    """Mostly what happens by itself, sometimes a fault; of each kind of fault one."""
    hosts = range(len(world.hosts))
    if chance.random() < 0.1:
        evil = [move for i in hosts for move in faults(model, world, i)] + list(cuts(world))
        chance.shuffle(evil)
        return list({move[0][0]: move for move in evil}.values())
    own = [move for i in hosts if i != asleep for move in ordinary(model, world, i)]
    if asleep == NOWHERE:
        return own + list(announcements(model, world))
    views = [move for move in announcements(model, world) if move[0][1] != asleep]
    return own + views + list(surroundings(model, world, asleep))


# --- calm ---------------------------------------------------------------------------------------


def calm(model: Model, world: World, away: int | None = None) -> World:
    """Faults end, everybody comes back (but `away`), and one view of all is formed: the group must
    come to serve. Raises Violation."""
    world = world._replace(left=Budget())
    if away is not None:
        world = powered_off(model, world, away)
    for i in range(len(world.hosts)):
        if model.steward(world, i) is None and i != away:
            world = model.started(world, i)
    groups = tuple(NOWHERE if i == away else 0 for i in range(len(world.hosts)))
    world = regrouped(world, groups)
    (group,) = set(world.groups) - {NOWHERE}
    world = quiet(model, announced(model, world, group))
    _check_served(model, world)
    return world


def quiet(model: Model, world: World, asleep: int = NOWHERE) -> World:
    """The world in which nothing more happens by itself. Raises Violation."""
    for _, after in happenings(model, world, asleep):
        world = after
    return world


def happenings(model: Model, world: World, asleep: int = NOWHERE) -> Iterator[Move]:
    """What happens by itself, in one fixed order, until nothing more does; the steward of the host
    `asleep` does nothing. Raises Violation."""
    for _ in range(ENDLESS):
        following = (
            (surroundings if i == asleep else ordinary)(model, world, i)
            for i in range(len(world.hosts))
        )
        move = next((move for each in following for move in each), None)
        if move is None:
            return
        yield move
        world = move[1]
        model.check(world)
    raise Violation("goes in circles")


def _check_served(model: Model, world: World) -> None:
    stewards = {i: s for i in range(len(world.hosts)) if (s := model.steward(world, i))}
    complete = [i for i, s in stewards.items() if not s.durable.incomplete]
    primaries = [s.me for s in stewards.values() if serves(s)]
    if len(complete) <= len(world.hosts) // 2:
        return
    if len(primaries) != 1:
        raise Violation(f"calm, and {primaries or 'nobody'} serves")
    if any(s.routed != primaries[0] or s.durable.incomplete for s in stewards.values()):
        raise Violation(f"calm, and not everybody follows {primaries[0]}")

"""The node agents' decision under every order of events within a bound."""

from __future__ import annotations

import random
from collections import deque

import pytest
from tests.unit.agents.node.world import (
    ALL,
    Budget,
    Violation,
    World,
    begin,
    healed,
    key,
    moves,
    powered_on,
    ticked,
    with_agent,
)

from holdfast.agents.node import standing
from holdfast.agents.node.protocol import Grade

ENDLESS = 400
WHOLE = [Budget(ticks=4), Budget(crashes=1, ticks=2)]
"""Bounds within which every world there is, is visited."""
BOUNDS = [
    Budget(cuts=1),
    Budget(power=1),
    Budget(slow=1, crashes=1),
    Budget(cuts=1, crashes=1, ticks=2),
    Budget(power=1, refusals=1, ticks=2),
]
"""Bounds within which as many are visited, the nearest first, as a test run has time for; the long
stories go further."""


def spelt(left: Budget) -> str:
    return ",".join(f"{name}={n}" for name, n in left._asdict().items() if n)


def settled(world: World) -> World:
    """Whatever happens by itself, until nothing does: no faults, no clock."""
    world = world._replace(left=Budget(ticks=0))
    for _ in range(ENDLESS):
        ordinary = [after for name, after in moves(world) if not name.startswith(("power", "heal"))]
        if not ordinary:
            return world
        world = ordinary[0]
    raise Violation("agents go in circles")


def calmed(world: World) -> World:
    """All faults end, everybody is there again, and some time passes."""
    for i in ALL:
        if not world.up[i]:
            world = powered_on(world, i)
        if world.minds[i] is None:
            world = with_agent(world, i)
    world = settled(healed(world))
    for _ in range(4):
        world = settled(ticked(world))
    return world


def judge_calm(world: World) -> None:
    end = calmed(world)
    if set(end.taints) != {Grade.CLEAN}:
        raise Violation(f"taints are left on nodes that are back: {end.taints}")
    if not all(end.runs):
        raise Violation(f"workloads that nobody starts again: {end.runs}")


def started(left: Budget, *, prompt: bool) -> World:
    return settled(begin(left, prompt=prompt))._replace(left=left)


def search(left: Budget, calm_every: int, limit: int) -> tuple[int, bool]:
    """How many worlds there are, and whether that is all of them."""
    first = started(left, prompt=True)
    seen, queue = {key(first)}, deque([(first, tuple[str, ...]())])
    while queue and len(seen) < limit:
        world, story = queue.popleft()
        try:
            if len(seen) % calm_every == 0:
                judge_calm(world)
            for name, after in moves(world):
                if (mark := key(after)) not in seen:
                    seen.add(mark)
                    queue.append((after, (*story, name)))
        except Violation as violation:
            raise AssertionError("\n".join((*story, str(violation)))) from violation
    return len(seen), not queue


@pytest.mark.parametrize("left", WHOLE, ids=spelt)
def test_nothing_forbidden_happens_in_any_order(left: Budget) -> None:
    assert search(left, calm_every=200, limit=20_000)[1]


@pytest.mark.parametrize("left", BOUNDS, ids=spelt)
def test_nothing_forbidden_happens_soon_in_any_order(left: Budget) -> None:
    search(left, calm_every=400, limit=8_000)


@pytest.mark.parametrize("seed", range(12))
def test_long_stories_end_well(seed: int) -> None:
    chance = random.Random(seed)
    left = Budget(cuts=3, slow=2, power=3, crashes=4, refusals=4, words=5, ticks=20)
    world = started(left, prompt=False)
    story = []
    try:
        for _ in range(300):
            some = list(moves(world))
            if not some:
                break
            name, world = chance.choice(some)
            story.append(name)
        judge_calm(world)
    except Violation as violation:
        raise AssertionError("\n".join((*story, str(violation)))) from violation


def test_without_confirmation_the_search_would_find_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "_certain", lambda agent, lost: True)
    with pytest.raises(AssertionError, match="still runs what must not run twice"):
        search(Budget(cuts=1), calm_every=1000, limit=8_000)

"""What MySQL's keepers decide, against the least kind world there may be."""

from __future__ import annotations

import pytest
from tests.unit.agents.mysql.world import HOSTS, World

from holdfast.agents.steward.mysql import decision
from holdfast.agents.steward.mysql.founding import Member, chain, judge
from holdfast.agents.steward.mysql.protocol import (
    WIRE,
    Again,
    Asked,
    Durable,
    Epoch,
    Recover,
    Report,
    Seen,
    State,
)
from holdfast.agents.steward.mysql.standing import writer

PREFERENCES = (("a", 1), ("b", 2), ("c", 3))


def served(seed: int = 1) -> World:
    world = World(seed)
    world.gather()
    world.calm()
    return world


def written(world: World, count: int = 3) -> World:
    for _ in range(count):
        world.write(world.writers()[0])
    return world


def test_a_fresh_system_begins_by_itself() -> None:
    world = served()
    assert world.writers() == ["a"]
    assert world.component == frozenset(HOSTS)
    for host in world.hosts.values():
        assert host.steward is not None
        assert host.steward.routed == "a"


@pytest.mark.parametrize("seed", range(60))
def test_nothing_acknowledged_is_ever_left_behind(seed: int) -> None:
    world = written(served(seed))
    for _ in range(12):
        for _ in range(world.random.randrange(4)):
            world.misfortune()
        if world.random.random() < 0.7:
            world.gather()
        for _ in range(world.random.randrange(150)):
            world.ordinary()
    assert world.acknowledged


@pytest.mark.parametrize("seed", range(15))
def test_when_all_return_somebody_takes_writes_again(seed: int) -> None:
    world = served(seed)
    for _ in range(6):
        world.misfortune()
        for _ in range(world.random.randrange(80)):
            world.ordinary()
    for name in HOSTS:
        world.power_on(name)
    world.gather()
    world.calm()
    assert len(world.writers()) == 1
    assert set(world.acknowledged) <= set(world.hosts[world.writers()[0]].memory)


def test_a_dead_writer_is_followed_by_another() -> None:
    world = written(served())
    world.kill("a")
    world.calm()
    assert world.writers() == ["b"]
    assert world.component == frozenset(HOSTS), "the dead one has joined again"


def test_all_without_power_wait_for_the_writer() -> None:
    world = written(served())
    for name in HOSTS:
        world.power_off(name)
    for name in ("b", "c"):
        world.power_on(name)
    world.gather()
    world.calm()
    steward = world.hosts["b"].steward
    assert world.writers() == []
    assert steward is not None
    assert steward.common is not None
    assert steward.common.waits.startswith("a, which took the writes")
    world.power_on("a")
    world.gather()
    world.calm()
    assert world.writers() == ["a"]


def test_all_without_power_do_not_wait_for_a_reader() -> None:
    world = written(served())
    for name in HOSTS:
        world.power_off(name)
    for name in ("a", "c"):
        world.power_on(name)
    world.gather()
    world.calm()
    assert world.writers() == ["a"]


def test_a_minority_takes_no_writes() -> None:
    world = served()
    world.view(frozenset({"a"}))
    world.calm()
    assert not world.hosts["a"].writable


@pytest.mark.parametrize("lost", HOSTS)
def test_one_survivor_tells_the_group_who_is_lost(lost: str) -> None:
    """The one whose server has the smallest name, as Galera's own choice falls on it too."""
    world = written(served())
    left = [host for host in HOSTS if host != lost]
    world.view(frozenset(left))
    world.calm(rounds=10)
    teller = min(left, key=lambda host: world.hosts[host].process)
    assert world.evictions == [(teller, lost)]


def test_a_handover_moves_the_writer_and_nothing_else() -> None:
    world = written(served())
    world.feed("a", Asked("c", "asked for"))
    world.calm()
    assert world.writers() == ["c"]
    assert world.foundings == 1
    assert world.component == frozenset(HOSTS)


def member(durable: Durable, position: int | None = 5, process: str = "") -> Member:
    return Member(durable, Report(process=process, position=position))


FIRST = Epoch(2, "a", ("a", "b", "c"))
SECOND = Epoch(3, "b", ("b", "c"))


def test_memory_of_one_is_not_enough_where_two_were() -> None:
    knows = Durable(epochs=(FIRST,), process="p", since=2)
    verdict = judge({"b": member(knows), "c": member(knows, process="p")}, PREFERENCES)
    assert verdict.host is None
    both = judge({"b": member(knows, 7, "p"), "c": member(knows, process="p")}, PREFERENCES)
    assert both.host == "b"


def test_a_writer_that_never_opened_its_epoch_proves_nothing() -> None:
    knows = Durable(epochs=(FIRST, SECOND))
    verdict = judge({"b": member(knows), "c": member(knows)}, PREFERENCES)
    assert verdict.host is None
    assert "a, which took the writes of epoch 2" in verdict.waits


def test_the_furthest_begins_and_among_equals_the_preferred() -> None:
    opened = Durable(epochs=(FIRST,), opened=2)
    knows = Durable(epochs=(FIRST,))
    assert judge({"a": member(opened), "b": member(knows, 6)}, PREFERENCES).host == "b"
    assert judge({"a": member(opened), "b": member(knows)}, PREFERENCES).host == "a"


def test_the_chain_begins_where_somebody_knows_that_it_was_opened() -> None:
    members = {"a": member(Durable(epochs=(FIRST, SECOND))), "b": member(Durable(epochs=(SECOND,)))}
    assert chain(members) == (SECOND,)


def test_words_survive_the_wire() -> None:
    state = State((1, 2), ("a",), "n", Durable(epochs=(FIRST,)), Report(component=("a", "b")))
    assert WIRE.decode(WIRE.encode(state)) == state


def test_nobody_is_the_writer_before_the_marker_is_there() -> None:
    world = World(3)
    world.gather()
    steward = world.hosts["a"].steward
    assert steward is not None
    assert steward.common is None or writer(steward.common) is None


def test_a_server_that_was_not_looked_at_yet_may_be_running() -> None:
    """Nothing is done to its data, as long as it may."""
    fresh = decision.start("a", PREFERENCES, Durable())
    unseen, before = decision.step(fresh, Again())
    _, after = decision.step(unseen, Seen("stopped"))
    assert not any(isinstance(action, Recover) for action in before)
    assert any(isinstance(action, Recover) for action in after)

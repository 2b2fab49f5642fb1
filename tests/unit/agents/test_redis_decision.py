"""Keepers of one shard among each other: every one drives the production `step`, the group delivers
in one order to all, and work is done by a worker that keeps what it was told."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

import pytest

from holdfast.agents.steward.redis.decision import step
from holdfast.agents.steward.redis.protocol import (
    Asked,
    Delivered,
    Done,
    Durable,
    Event,
    Follow,
    Grant,
    Look,
    Lost,
    Message,
    Place,
    Promote,
    Say,
    Send,
    Serve,
    Start,
    Tick,
    ViewChanged,
    Vote,
    Work,
    Yield,
)
from holdfast.agents.steward.redis.standing import Reigning, Standing, Waiting
from holdfast.agents.steward.view import View

HOSTS = ("a", "b", "c")
PREFERENCES = (("a", 1), ("b", 2), ("c", 3))


@dataclass
class Member:
    """A host's keeper and its server: `place` None means empty."""

    standing: Standing
    place: Place | None
    running: bool = True
    claim: int = 0
    todo: list[Work] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@dataclass
class World:
    members: dict[str, Member]
    words: list[tuple[str, Message]] = field(default_factory=list)
    promoted: list[tuple[int, str]] = field(default_factory=list)
    views: int = 0

    def see(self, *hosts: str) -> None:
        self.views += 1
        self.words.clear()
        for host in hosts:
            view = View((1, self.views), hosts, f"{host}{self.views}")
            self.feed(host, ViewChanged(view))

    def feed(self, host: str, event: Event) -> None:
        member = self.members[host]
        member.standing, actions = step(member.standing, event)
        for action in actions:
            match action:
                case Send(message=message):
                    self.words.append((host, message))
                case Say(what=what):
                    member.said.append(what)
                case _:
                    member.todo = [action]

    def run(self, chance: random.Random, *hosts: str) -> None:
        """Until nobody has anything to do: words are heard by all in one order, works end at any
        time."""
        for _ in range(2000):
            busy = [host for host in hosts if self.members[host].todo]
            if not busy and not self.words:
                return
            if self.words and (not busy or chance.random() < 0.5):
                sender, message = self.words.pop(0)
                for host in hosts:
                    self.feed(host, Delivered(sender, message))
            else:
                self.work(chance.choice(busy))
        raise AssertionError("they never come to rest")

    def work(self, host: str) -> None:
        member = self.members[host]
        work = member.todo.pop()
        self.feed(host, self.done(host, member, work))

    def done(self, host: str, member: Member, work: Work) -> Done:
        old = member.standing.durable
        match work:
            case Look():
                return Done(work.number, True, claim=member.claim if member.running else 0)
            case Yield(term=term) | Grant(term=term):
                durable = Durable(max(old.promised, term), old.complete)
                return replace(self.told(work, member), durable=durable)
            case Start():
                member.running = True
                return self.told(work, member)
            case Promote(term=term):
                self.promoted.append((term, host))
                before = member.place or Place(0, 0, 0)
                member.claim, member.place = term, Place(term, before.pulse + 1, before.offset)
                return Done(work.number, True, durable=Durable(max(old.promised, term), True))
            case Serve(term=term):
                return Done(work.number, True, durable=Durable(max(old.promised, term), True))
            case Follow(term=term, primary=primary):
                member.running, member.claim = True, 0
                member.place = self.members[primary].place
                return Done(work.number, True, durable=Durable(max(old.promised, term), True))
        return Done(work.number, True)

    def told(self, work: Work, member: Member) -> Done:
        fresh = not member.standing.durable.complete
        return Done(
            work.number,
            True,
            place=member.place or Place(0, 0, 0),
            complete=member.running and member.place is not None and not fresh,
            empty=member.running and (fresh or member.place is None),
            fresh=fresh,
        )

    def primaries(self, *hosts: str) -> set[tuple[int, str]]:
        offices = [self.members[host].standing.office for host in hosts]
        assert all(isinstance(office, Reigning) for office in offices), offices
        return {(o.term, o.primary) for o in offices if isinstance(o, Reigning)}


def _world(places: dict[str, Place | None], term: int = 0, primary: str = "") -> World:
    members = {
        host: Member(
            Standing(host, PREFERENCES, Durable(term, complete=place is not None)),
            place,
            claim=term if host == primary else 0,
        )
        for host, place in places.items()
    }
    return World(members)


def _serving() -> World:
    return _world({"a": Place(1, 9, 90), "b": Place(1, 9, 80), "c": Place(1, 9, 85)}, 1, "a")


@pytest.mark.parametrize("seed", range(50))
def test_a_fresh_shard_chooses_its_wanted_primary_once(seed: int) -> None:
    world = _world(dict.fromkeys(HOSTS))
    for member in world.members.values():
        member.running = bool(seed % 2)
    world.see(*HOSTS)
    world.run(random.Random(seed), *HOSTS)
    assert {host for _, host in world.primaries(*HOSTS)} == {"a"}
    assert len({term for term, _ in world.promoted}) == len(world.promoted)


def test_a_fresh_shard_waits_for_all_its_hosts() -> None:
    world = _world(dict.fromkeys(HOSTS))
    world.see("a", "b")
    world.run(random.Random(0), "a", "b")
    assert world.promoted == []
    assert isinstance(world.members["a"].standing.office, Waiting)


@pytest.mark.parametrize("seed", range(50))
def test_a_primary_that_nobody_has_followed_yet_is_elected_again(seed: int) -> None:
    """The others, which never had data, have promised more than it claims: they were in a view of
    their own for a moment."""
    world = _world({"a": Place(5, 1, 0), "b": None, "c": None}, 5, "a")
    for host in ("b", "c"):
        world.members[host].standing = Standing(host, PREFERENCES, Durable(6))
    world.see(*HOSTS)
    world.run(random.Random(seed), *HOSTS)
    assert world.primaries(*HOSTS) == {(7, "a")}


@pytest.mark.parametrize("seed", range(50))
def test_the_member_with_the_most_data_takes_over(seed: int) -> None:
    world = _serving()
    world.see("b", "c")
    world.run(random.Random(seed), "b", "c")
    assert world.promoted == [(2, "c")]
    assert world.primaries("b", "c") == {(2, "c")}


@pytest.mark.parametrize("seed", range(50))
def test_a_primary_that_is_there_stays_and_a_stale_one_follows(seed: int) -> None:
    world = _serving()
    world.see(*HOSTS)
    world.run(random.Random(seed), *HOSTS)
    assert world.promoted == []
    world.see("b", "c")
    world.run(random.Random(seed), "b", "c")
    world.see(*HOSTS)
    world.run(random.Random(seed), *HOSTS)
    ((_, successor),) = world.promoted
    assert world.primaries(*HOSTS) == {(2, successor)}
    assert world.members["a"].claim == 0


@pytest.mark.parametrize("seed", range(50))
def test_a_primary_whose_server_dies_is_replaced(seed: int) -> None:
    world = _serving()
    world.see(*HOSTS)
    world.run(random.Random(seed), *HOSTS)
    world.members["a"].running, world.members["a"].claim = False, 0
    world.feed("a", Lost("its process died"))
    world.run(random.Random(seed), *HOSTS)
    assert {host for _, host in world.primaries(*HOSTS)} <= {"b", "c"}
    assert len(world.promoted) == 1


def test_who_failed_to_follow_tries_again() -> None:
    """Redis went on by itself meanwhile: nothing is wrong with the server, and yet only a member
    that has followed counts when the next primary is chosen."""
    world = _serving()
    world.see(*HOSTS)
    world.run(random.Random(0), *HOSTS)
    late = world.members["b"]
    world.feed("b", Lost("its process died"))
    world.feed("b", Done(late.todo.pop().number, False, why="timed out"))
    assert not late.todo
    world.feed("b", Tick(running=True, astray=False, spread=False))
    world.run(random.Random(0), *HOSTS)
    office = late.standing.office
    assert isinstance(office, Reigning) and office.in_step
    world.feed("b", Tick(running=True, astray=False, spread=False))
    assert not late.todo


def test_one_whole_member_of_three_is_not_enough() -> None:
    """Its companion lost its disk: what was acknowledged may be on that one and the absent one."""
    world = _serving()
    world.members["b"].place = None
    world.members["b"].standing = Standing("b", PREFERENCES, Durable())
    world.see("b", "c")
    world.run(random.Random(0), "b", "c")
    assert world.promoted == []
    assert "waiting" in world.members["c"].said


@pytest.mark.parametrize("seed", range(50))
def test_who_alone_has_data_of_all_that_are_there_goes_on(seed: int) -> None:
    world = _serving()
    world.members["a"].place, world.members["a"].claim = None, 0
    world.members["b"].place = None
    world.see(*HOSTS)
    world.run(random.Random(seed), *HOSTS)
    assert world.primaries(*HOSTS) == {(2, "c")}


def test_where_all_data_are_gone_nobody_begins_with_nothing() -> None:
    """Perhaps a disk is not mounted."""
    world = _serving()
    for member in world.members.values():
        member.place, member.claim = None, 0
    world.see(*HOSTS)
    world.run(random.Random(0), *HOSTS)
    assert world.promoted == []


@pytest.mark.parametrize("seed", range(50))
def test_a_handover_goes_to_whom_it_was_asked_for(seed: int) -> None:
    world = _serving()
    world.see(*HOSTS)
    world.run(random.Random(seed), *HOSTS)
    world.feed("c", Asked("b", "a person"))
    world.run(random.Random(seed), *HOSTS)
    assert world.primaries(*HOSTS) == {(2, "b")}


def test_a_vote_of_another_round_is_not_counted() -> None:
    world = _serving()
    world.see("b", "c")
    stale = Vote((("b", "old"), ("c", "old")), 2, True, False, False, Place(9, 9, 9))
    before = world.members["b"].standing
    world.feed("b", Delivered("c", stale))
    assert world.members["b"].standing == before


@pytest.mark.parametrize("seed", range(200))
def test_in_any_order_of_views_no_term_has_two_primaries(seed: int) -> None:
    chance, world = random.Random(seed), _serving()
    for _ in range(6):
        here = chance.choice([HOSTS, ("a", "b"), ("b", "c"), ("a", "c")])
        for away in set(HOSTS) - set(here):
            world.see(away)
            world.run(chance, away)
        world.see(*here)
        for _ in range(chance.randrange(12)):
            busy = [host for host in here if world.members[host].todo]
            if busy:
                world.work(chance.choice(busy))
            if world.words:
                sender, message = world.words.pop(0)
                for host in here:
                    world.feed(host, Delivered(sender, message))
    terms = [term for term, _ in world.promoted]
    assert len(terms) == len(set(terms))

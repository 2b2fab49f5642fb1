"""A small model of what surrounds the stewards: PostgreSQL, gates, disks, and the process group.

The stewards in it are production's: every decision is made by `election.step`. Whatever is not
decided there is left to the explorer, which may let anything happen at any time:

* A log is a tuple of records (term * 10 + host that wrote it); an LSN is its length. A PostgreSQL
  that runs as primary accepts writes whether it should or not. It acknowledges one when enough
  followers, through an open gate and a slot of the primary's term, have it. Streams do not care
  about partitions. A standby with followers passes on what it has.
* A promotion is requested, and fires whenever it likes, also after its steward died.
* Work is done in one or two steps, and its Done comes whenever it likes. In the coarse grain, work
  that only touches the own host is done at once after the event that asked for it; the fine grain
  gives every step, and every Done, a moment of its own.
* `cut` breaks the network; views are announced later, each side's at its own time. Until then what
  is sent reaches the own side only, in a view that is already broken. Every view has the same ring
  number: only nonces and members tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Generic, NamedTuple, TypeVar

from holdfast.agents.steward import election
from holdfast.agents.steward.history import position
from holdfast.agents.steward.protocol import (
    Action,
    Again,
    CloseGate,
    Delivered,
    Demote,
    Done,
    Drain,
    Durable,
    Event,
    Failed,
    Follow,
    Mark,
    Persist,
    Promote,
    Rejoin,
    Send,
    Settle,
    State,
    Stop,
    Term,
    TermMap,
    Work,
)
from holdfast.agents.steward.standing import Steward, serves

LOCAL = CloseGate | Persist | Drain | Demote
"""Work that touches the own host only: done at once in the coarse grain."""

AGAIN = Again()
FAILED = Failed("killed")
OK = Done(0, True)
NOT_OK = Done(0, False, "failed")
NOWHERE = -1
ENDLESS = 200
"""Actions after which a host that goes on by itself is taken to go in circles."""


class Violation(Exception):
    """Something that must never happen has happened."""


class Postgres(NamedTuple):
    """`terms` is the history its log really has; `slots` the term whose followers it accepts;
    `confirmed` how much of its log each follower has acknowledged."""

    role: str
    log: tuple[int, ...]
    terms: TermMap = ()
    request: tuple[int, TermMap] | None = None
    slots: int = 0
    dirty: bool = False
    confirmed: tuple[int, ...] = ()


class Host(NamedTuple):
    """`steward` is a number in the model's table, or NOWHERE. `gate` is (primary, term) or None.
    `stage` counts the steps done of the work under way; `done` is a result not yet told."""

    steward: int
    disk: Durable
    pg: Postgres
    gate: tuple[int, int] | None = None
    up: bool = True
    unnoticed: bool = False
    stage: int = 0
    done: Done | None = None


class Budget(NamedTuple):
    """How often each thing may still happen."""

    writes: int = 0
    cuts: int = 0
    crashes: int = 0
    restarts: int = 0
    kills: int = 0
    handovers: int = 0
    delays: int = 0


class World(NamedTuple):
    """`hosts` and the events in `inboxes` are numbers in the model's tables. `groups` says who can
    talk to whom; `unannounced` which groups' views are not yet known. `acked` is the longest
    acknowledged history."""

    hosts: tuple[int, ...]
    inboxes: tuple[tuple[int, ...], ...]
    groups: tuple[int, ...]
    unannounced: frozenset[int]
    views: int
    acked: tuple[int, ...]
    left: Budget


class Reaction(NamedTuple):
    """What a host makes of an event. `silent`: nothing but the steward's own mind has changed."""

    host: int
    sends: tuple[int, ...]
    silent: bool


Label = tuple[Any, ...]
Move = tuple[Label, World]
Worked = tuple[World, Done | None]
T = TypeVar("T")


class Table(Generic[T]):
    """Things by number: worlds are made of numbers, so that comparing them is cheap."""

    def __init__(self) -> None:
        self.things: list[T] = []
        self._numbers: dict[T, int] = {}

    def number(self, thing: T) -> int:
        number = self._numbers.setdefault(thing, len(self.things))
        if number == len(self.things):
            self.things.append(thing)
        return number


class Model:
    """The moves that a world has. A host's reaction to an event is computed once."""

    def __init__(self, size: int = 3, *, fine: bool = False, tokens: bool = True) -> None:
        self.names = tuple("abcdefg"[:size])
        self.sync = size // 2
        self.fine = fine
        self.tokens = tokens
        self.stewards: Table[Steward] = Table()
        self.hosts: Table[Host] = Table()
        self.events: Table[Event] = Table()
        self._reactions: dict[tuple[int, int, int], Reaction] = {}

    # --- looking and changing -----------------------------------------------------------------

    def host(self, world: World, i: int) -> Host:
        return self.hosts.things[world.hosts[i]]

    def steward(self, world: World, i: int) -> Steward | None:
        return self.mind(self.host(world, i))

    def mind(self, host: Host) -> Steward | None:
        return None if host.steward == NOWHERE else self.stewards.things[host.steward]

    def change(self, world: World, i: int, **facts: Any) -> World:
        number = self.hosts.number(self.host(world, i)._replace(**facts))
        return world._replace(hosts=swap(world.hosts, i, number))

    def postgres(self, world: World, i: int, **facts: Any) -> World:
        return self.change(world, i, pg=self.host(world, i).pg._replace(**facts))

    # --- beginnings ---------------------------------------------------------------------------

    def fresh(self, left: Budget) -> World:
        """All hosts have just started, with the same empty seed, and see nobody."""
        size = len(self.names)
        nobody = self.hosts.number(Host(NOWHERE, Durable(), Postgres("down", ())))
        groups = tuple(range(size))
        world = World((nobody,) * size, ((),) * size, groups, frozenset(), 0, (), left)
        for i in range(size):
            world = self.started(world, i)
        return world

    def started(self, world: World, i: int) -> World:
        """The steward of host `i` starts; it is in nobody's view yet."""
        preferences = tuple((name, n) for n, name in enumerate(self.names))
        host = self.host(world, i)
        s, _ = election.start(self.names[i], self.names, preferences, host.disk)
        host = host._replace(steward=self._number(s), up=True, stage=0, done=None)
        host, _ = self._settled_locally(host, ())
        return world._replace(
            hosts=swap(world.hosts, i, self.hosts.number(host)),
            inboxes=swap(world.inboxes, i, ()),
            groups=swap(world.groups, i, i),
            unannounced=world.unannounced | {i},
        )

    def _number(self, s: Steward) -> int:
        """Work's numbers only tell the present one from former ones: any fixed one will do."""
        work = None if s.work is None else replace(s.work, number=0)
        return self.stewards.number(replace(s, number=0, work=work))

    # --- a steward hears something ------------------------------------------------------------

    def hear(self, world: World, i: int, event: Event) -> World:
        return self.heard(world, i, self.events.number(event))

    def heard(self, world: World, i: int, number: int) -> World:
        reaction = self.reaction(i, world.hosts[i], number)
        world = world._replace(hosts=swap(world.hosts, i, reaction.host))
        if reaction.sends:
            group = world.groups[i]
            inboxes = (
                self._queued(inbox, reaction.sends) if world.groups[j] == group else inbox
                for j, inbox in enumerate(world.inboxes)
            )
            world = world._replace(inboxes=tuple(inboxes))
        return world

    def reaction(self, i: int, number: int, event: int) -> Reaction:
        key = (i, number, event)
        if key not in self._reactions:
            self._reactions[key] = self._react(i, number, event)
        return self._reactions[key]

    def _react(self, i: int, number: int, event: int) -> Reaction:
        before = self.hosts.things[number]
        host, actions = self._step(before, self.events.things[event])
        host, actions = self._settled_locally(host, actions)
        me = self.names[i]
        sent = (Delivered(me, action.message) for action in actions if isinstance(action, Send))
        idle = not self._works(before) and not self._works(host)
        return Reaction(
            self.hosts.number(host),
            sends := tuple(self.events.number(each) for each in sent),
            idle and not sends and host == before._replace(steward=host.steward),
        )

    def _works(self, host: Host) -> bool:
        s = self.mind(host)
        return s is not None and s.work is not None

    def _step(self, host: Host, event: Event) -> tuple[Host, tuple[Action, ...]]:
        s, actions = election.step(self.stewards.things[host.steward], event)
        host = host._replace(steward=self._number(s))
        return (host._replace(stage=0, done=None) if isinstance(event, Done) else host), actions

    def _settled_locally(
        self, host: Host, actions: tuple[Action, ...]
    ) -> tuple[Host, tuple[Action, ...]]:
        """In the coarse grain, does what touches only the own host at once."""
        while not self.fine and (s := self.mind(host)) and isinstance(s.work, LOCAL):
            if len(actions) > ENDLESS:
                raise Violation("works in circles")
            host, done = locally(host, s.work)
            host, more = self._step(host, done)
            actions += more
        return host, actions

    def _queued(self, inbox: tuple[int, ...], numbers: tuple[int, ...]) -> tuple[int, ...]:
        """States of different members may be heard in any order: they are kept in one."""
        for number in numbers:
            at = len(inbox)
            while at and self._commute(inbox[at - 1], number):
                at -= 1
            inbox = (*inbox[:at], number, *inbox[at:])
        return inbox

    def _commute(self, one: int, other: int) -> bool:
        former, latter = self.events.things[one], self.events.things[other]
        if not (isinstance(former, Delivered) and isinstance(latter, Delivered)):
            return False
        both = isinstance(former.message, State) and isinstance(latter.message, State)
        return both and former.sender > latter.sender

    # --- work ---------------------------------------------------------------------------------

    def working(self, world: World, i: int) -> Iterator[Move]:
        """What may become next of the work that the steward of `i` has under way."""
        host = self.host(world, i)
        s = self.mind(host)
        if s is None or s.work is None:
            return
        if host.done is not None:
            yield ("done", i), self.hear(world, i, host.done)
            return
        name = type(s.work).__name__
        for after, done in self._worked(world, i, s.work):
            yield (name, i), self._finished(after, i, done)
        if s.cancelled and isinstance(s.work, Mark | Follow | Rejoin):
            yield ("cancelled", i, name), self._finished(world, i, NOT_OK)

    def _finished(self, world: World, i: int, done: Done | None) -> World:
        if done is None:
            return world
        return self.change(world, i, done=done) if self.fine else self.hear(world, i, done)

    def _worked(self, world: World, i: int, work: Work) -> Iterator[Worked]:
        match work:
            case Stop():
                yield self.postgres(world, i, role="down"), OK
            case Settle():
                yield from self._settled(world, i, work.intent.term)
            case Promote():
                yield from self._promoted(world, i, work)
            case Mark():
                yield from self._marked(world, i)
            case Follow():
                yield from self._followed(world, i, work)
            case Rejoin():
                yield from self._rejoined(world, i, work)
            case _:
                host, done = locally(self.host(world, i), work)
                yield world._replace(hosts=swap(world.hosts, i, self.hosts.number(host))), done

    def _settled(self, world: World, i: int, term: int) -> Iterator[Worked]:
        pg = self.host(world, i).pg
        if pg.request is not None:
            fired = self.fired(world, i)
            yield fired, Done(0, True, terms=self.host(fired, i).pg.terms)
            yield self.postgres(world, i, role="down", request=None), OK
        else:
            happened = any(each.number == term for each in pg.terms)
            yield world, Done(0, True, terms=pg.terms if happened else None)

    def _promoted(self, world: World, i: int, work: Promote) -> Iterator[Worked]:
        host = self.host(world, i)
        if host.pg.role == "down":
            yield world, NOT_OK
        elif host.stage == 0:
            request = (work.term, work.terms)
            pg = host.pg._replace(request=request, slots=work.term, terms=work.terms)
            yield self.change(world, i, pg=pg, stage=1), None
        elif host.pg.role == "primary":
            yield world, Done(0, True, terms=host.pg.terms)
        elif world.left.delays:
            yield spend(world, "delays"), NOT_OK

    def fired(self, world: World, i: int) -> World:
        """The requested promotion happens. Its timeline is the next after those known here, so
        numbers collide whenever they can."""
        pg = self.host(world, i).pg
        assert pg.request is not None
        term, terms = pg.request
        for j in range(len(world.hosts)):
            if any(each.number == term for each in self.host(world, j).pg.terms):
                raise Violation(f"{self.names[i]} is promoted to term {term}, which is not new")
        timeline = max((each.timeline for each in terms), default=1) + 1
        terms = (*terms, Term(term, timeline, len(pg.log)))
        return self.postgres(world, i, role="primary", terms=terms, request=None, confirmed=())

    def _marked(self, world: World, i: int) -> Iterator[Worked]:
        pg = self.host(world, i).pg
        if pg.role != "primary":
            yield world, NOT_OK
        elif record(pg, i) in world.acked:
            yield world, OK
        elif record(pg, i) not in pg.log:
            yield self.written(world, i), None

    def _followed(self, world: World, i: int, work: Follow) -> Iterator[Worked]:
        host = self.host(world, i)
        primary = self.names.index(work.primary)
        if host.pg.role != "standby":
            if not host.unnoticed:
                yield world, NOT_OK
            return
        opened = self.change(world, i, gate=(primary, work.term), stage=1)
        if host.stage == 0 and (self.fine or not self.streams(opened, i)):
            yield opened, None
        elif self.streams(opened, i):
            yield self.postgres(opened, i, terms=self.host(world, primary).pg.terms), OK
        if world.left.delays:
            yield spend(world, "delays"), NOT_OK  # the log it needs is gone

    def _rejoined(self, world: World, i: int, work: Rejoin) -> Iterator[Worked]:
        host = self.host(world, i)
        primary = self.names.index(work.primary)
        source, own = self.host(world, primary).pg, host.pg
        there = source.role == "primary" and self._accepts(source, work.term)
        if host.stage == 0:
            kept = own.log[: forked(own.terms, work.terms)] if work.rewind else ()
            own = own._replace(role="down", dirty=True, log=kept, slots=0, request=None)
            yield self.change(world, i, pg=own, gate=(primary, work.term), stage=1), None
        elif host.stage == 1 and there:
            if own.log != source.log[: len(own.log)]:
                raise Violation(f"{self.names[i]} was rewound to what never was")
            own = Postgres("standby", own.log, source.terms, dirty=True)
            yield self.change(world, i, pg=own, stage=2), None
        elif host.stage == 2 and own.role == "standby" and own.log == source.log and there:
            yield self.postgres(world, i, dirty=False), OK
        elif host.stage == 2 and own.role == "down":
            yield world, NOT_OK

    # --- PostgreSQL ---------------------------------------------------------------------------

    def written(self, world: World, i: int) -> World:
        pg = self.host(world, i).pg
        return self.postgres(world, i, log=(*pg.log, record(pg, i)))

    def _accepts(self, pg: Postgres, term: int) -> bool:
        """Rule 10: a slot for that term is there."""
        return not self.tokens or pg.slots == term

    def streams(self, world: World, i: int) -> bool:
        host = self.host(world, i)
        if host.gate is None or host.pg.role != "standby":
            return False
        source = self.host(world, host.gate[0]).pg
        return source.role != "down" and self._accepts(source, host.gate[1])

    def streamed(self, world: World, i: int) -> World | None:
        """One record more reaches follower `i`, or what it has becomes known to its primary."""
        host = self.host(world, i)
        if host.gate is None or not self.streams(world, i):
            return None
        source, before = host.gate[0], world
        sender, log = self.host(world, source).pg, host.pg.log
        if log != sender.log[: len(log)]:
            raise Violation(f"{self.names[i]} streams onto another log than its primary's")
        if len(log) < len(sender.log):
            log = sender.log[: len(log) + 1]
            world = self.postgres(world, i, log=log)
        if sender.role == "primary":
            world = self._acknowledged(world, source, i, len(log))
        return None if world == before else world

    def _acknowledged(self, world: World, primary: int, follower: int, length: int) -> World:
        pg = self.host(world, primary).pg
        confirmed = swap(pg.confirmed or (0,) * len(world.hosts), follower, length)
        if confirmed == pg.confirmed:
            return world
        world = self.postgres(world, primary, confirmed=confirmed)
        enough = sorted(confirmed)[-self.sync]
        own = [at for at in range(enough) if pg.log[at] == record(pg, primary)]
        chain = pg.log[: own[-1] + 1] if own else ()
        common = min(len(chain), len(world.acked))
        if chain[:common] != world.acked[:common]:
            raise Violation(f"{self.names[primary]} acknowledges what parts from {world.acked}")
        return world._replace(acked=max(chain, world.acked, key=len))

    # --- what must hold -----------------------------------------------------------------------

    def check(self, world: World) -> None:
        """Raises Violation."""
        for i in range(len(world.hosts)):
            s = self.steward(world, i)
            if s is not None and s.routed == s.me and serves(s):
                self._check_served(world, i)

    def _check_served(self, world: World, i: int) -> None:
        """Whom clients are led to has all that was acknowledged in its term and before, and readers
        see nothing there that may still vanish: its term's marker was acknowledged."""
        pg = self.host(world, i).pg
        if pg.role != "primary":
            return
        known = tuple(each for each in world.acked if each // 10 <= pg.terms[-1].number)
        if known != pg.log[: len(known)]:
            raise Violation(f"{self.names[i]} serves without {world.acked}, it has {pg.log}")
        if pg.terms[-1].number > max(world.acked, default=0) // 10:
            raise Violation(f"{self.names[i]} serves before its term is acknowledged")


# --- what touches one thing only ---------------------------------------------------------------


def locally(host: Host, work: Work) -> tuple[Host, Done]:
    """Work that touches only the own host."""
    match work:
        case CloseGate():
            return host._replace(gate=None), OK
        case Persist():
            return host._replace(disk=work.durable), OK
        case Drain() if host.pg.role != "down":
            return host, Done(0, True, position=position(work.terms, len(host.pg.log)))
        case Demote() if host.pg.role == "standby" or not host.pg.dirty:
            pg = host.pg._replace(role="standby", request=None, confirmed=())
            return (host if host.pg.role == "standby" else host._replace(pg=pg)), OK
        case _:
            return host, NOT_OK


def swap(values: tuple[Any, ...], at: int, value: Any) -> tuple[Any, ...]:
    return (*values[:at], value, *values[at + 1 :])


def spend(world: World, what: str) -> World:
    return world._replace(left=world.left._replace(**{what: getattr(world.left, what) - 1}))


def record(pg: Postgres, i: int) -> int:
    """What host `i` writes as primary."""
    return pg.terms[-1].number * 10 + i


def forked(mine: TermMap, theirs: TermMap) -> int:
    """Where two histories part, by timelines' numbers alone, as pg_rewind sees it."""
    own = [(term.timeline, term.start) for term in mine]
    other = [(term.timeline, term.start) for term in theirs]
    at = 0
    while at < min(len(own), len(other)) and own[at] == other[at]:
        at += 1
    ends = [start for _, start in own[at : at + 1] + other[at : at + 1]]
    return min(ends, default=10**6)

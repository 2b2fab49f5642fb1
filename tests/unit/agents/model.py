"""The explorer's model: stewards of production, and a PostgreSQL, a gate and a disk beside each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from holdfast.agents.steward.postgresql import election
from holdfast.agents.steward.postgresql.protocol import (
    Action,
    Delivered,
    Done,
    Durable,
    Event,
    Send,
    State,
    Term,
)
from holdfast.agents.steward.postgresql.standing import Steward, serves

from .world import (
    ENDLESS,
    LOCAL,
    NOWHERE,
    Budget,
    Host,
    Postgres,
    Reaction,
    Table,
    Violation,
    World,
    locally,
    record,
    swap,
)


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

    # --- PostgreSQL ---------------------------------------------------------------------------

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

    def written(self, world: World, i: int) -> World:
        pg = self.host(world, i).pg
        return self.postgres(world, i, log=(*pg.log, record(pg, i)))

    def accepts(self, pg: Postgres, term: int) -> bool:
        """Rule 10: a slot for that term is there."""
        return not self.tokens or pg.slots == term

    def streams(self, world: World, i: int) -> bool:
        host = self.host(world, i)
        if host.gate is None or host.pg.role != "standby":
            return False
        source = self.host(world, host.gate[0]).pg
        return source.role != "down" and self.accepts(source, host.gate[1])

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

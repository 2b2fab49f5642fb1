"""Three hosts whose stewards run the production decisions, over a group and a Galera that are as
unkind as they may be: views and components fall apart independently of each other, servers and
hosts die at any moment, and a server takes writes whenever nobody has stopped it.

What is checked on the way: what was acknowledged is never left behind by a new beginning, at most
one member acknowledges at a time, and nobody joins with data that are not the others' beginning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from holdfast.agents.steward.mysql import decision
from holdfast.agents.steward.mysql.protocol import (
    Action,
    Again,
    Close,
    Delivered,
    Done,
    Durable,
    Event,
    Evict,
    Found,
    Join,
    Message,
    Open,
    Persist,
    Recover,
    Seen,
    Send,
    Stop,
    ViewChanged,
    Wipe,
    Work,
)
from holdfast.agents.steward.mysql.standing import Steward
from holdfast.agents.steward.view import View

HOSTS = ("a", "b", "c")
PREFERENCES = tuple((host, rank) for rank, host in enumerate(HOSTS))


@dataclass
class Host:
    steward: Steward | None
    disk: Durable = field(default_factory=Durable)
    data: list[int] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    process: str = ""
    writable: bool = False
    joining: bool = False
    wiped: bool = False
    inbox: list[tuple[str, Message]] = field(default_factory=list)
    jobs: list[Work] = field(default_factory=list)
    shown: Seen | None = None


class World:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.hosts = {host: Host(None) for host in HOSTS}
        self.views: dict[str, frozenset[str]] = {}
        self.component: frozenset[str] = frozenset()
        self.acknowledged: list[int] = []
        self.writes = 0
        self.processes = 0
        self.rings = 0
        self.foundings = 0
        self.evictions: list[tuple[str, str]] = []
        for host in HOSTS:
            self.boot(host)

    # --- the group ------------------------------------------------------------------------------

    def boot(self, name: str) -> None:
        host = self.hosts[name]
        host.inbox, host.jobs, host.shown = [], [], None
        host.steward = decision.start(name, PREFERENCES, host.disk)

    def view(self, members: frozenset[str]) -> None:
        """A new view of those that are up; nobody else keeps one of these members in its own."""
        self.rings += 1
        order = tuple(sorted(members))
        for name in order:
            self.views[name] = members
            self.hosts[name].inbox.clear()
        for name in order:
            nonce = f"{name}{self.random.random()}"
            self.feed(name, ViewChanged(View((1, self.rings), order, nonce)))

    def send(self, sender: str, message: Message) -> None:
        for name in self.views[sender]:
            if self.views.get(name) == self.views[sender]:
                self.hosts[name].inbox.append((sender, message))

    def feed(self, name: str, event: Event) -> None:
        host = self.hosts[name]
        if host.steward is None:
            return
        host.steward, actions = decision.step(host.steward, event)
        for action in actions:
            self.act(name, action)

    def act(self, name: str, action: Action) -> None:
        match action:
            case Send(message=message):
                self.send(name, message)
            case Evict(host=victim):
                self.evictions.append((name, victim))
                if victim in self.component and name in self.component:
                    self.kill(victim)
            case Persist() | Recover() | Wipe() | Join() | Found() | Open() | Close() | Stop():
                self.hosts[name].jobs.append(action)

    def deliver(self, name: str) -> None:
        host = self.hosts[name]
        if host.inbox:
            sender, message = host.inbox.pop(0)
            self.feed(name, Delivered(sender, message))

    # --- work -----------------------------------------------------------------------------------

    def work(self, name: str) -> None:
        host = self.hosts[name]
        if host.steward is None or not host.jobs:
            return
        work = host.jobs.pop(0)
        self.feed(name, self.done(name, host, work))

    def done(self, name: str, host: Host, work: Work) -> Done:
        number = work.number
        match work:
            case Persist(durable=durable):
                host.disk = durable
            case Recover():
                return Done(number, True, position=-1 if host.wiped else len(host.data))
            case Wipe():
                host.data, host.wiped = [], True
            case Join():
                if host.process:
                    return Done(number, False, "runs already")
                self.spawn(host)
                host.joining = True
            case Found(base=base):
                return self.found(name, host, number, base)
            case Open():
                if name not in self.component or not host.process:
                    return Done(number, False, "no component")
                host.data = list(host.memory)
                host.writable = True
            case Close():
                host.writable = False
            case Stop():
                self.kill(name)
        return Done(number, True)

    def found(self, name: str, host: Host, number: int, base: int) -> Done:
        if self.component:
            return Done(number, False, "another one is there")
        if not host.process:
            if len(host.data) != base:
                return Done(number, False, "elsewhere")
            self.spawn(host)
        assert set(self.acknowledged) <= set(host.memory), "something acknowledged is left behind"
        self.foundings += 1
        self.component = frozenset({name})
        return Done(number, True)

    def spawn(self, host: Host) -> None:
        self.processes += 1
        host.process = f"p{self.processes}"
        host.memory = list(host.data)
        host.writable = host.joining = False

    # --- Galera ---------------------------------------------------------------------------------

    def shrink(self, lost: frozenset[str]) -> None:
        """Members are gone from the component, without a word: it lives on where more than half
        of it is."""
        if not lost & self.component:
            return
        left = self.component - lost
        if len(left) * 2 <= len(self.component):
            left = (
                lost & self.component
                if len(lost & self.component) * 2 > len(self.component)
                and all(self.hosts[each].process for each in lost & self.component)
                else frozenset()
            )
        self.component = left

    def merge(self, name: str) -> None:
        """A server that runs finds the component, and gets what it lacks."""
        host = self.hosts[name]
        if not self.component or name in self.component or not host.process:
            return
        log = self.hosts[min(self.component)].memory
        if host.memory != log[: len(host.memory)]:
            assert not host.joining, "it joins with data that are no beginning of the others'"
            self.kill(name)  # Galera would refuse it, or worse: it is to be stopped before
            return
        host.memory = list(log)
        if host.wiped:
            host.data, host.wiped = list(log), False
        host.joining = False
        self.component |= {name}

    def apply(self, name: str) -> None:
        host = self.hosts[name]
        if host.process and len(host.data) < len(host.memory):
            host.data = host.memory[: self.random.randint(len(host.data), len(host.memory))]

    def write(self, name: str) -> None:
        """A client writes, whatever routes say: the server alone decides."""
        host = self.hosts[name]
        self.writes += 1
        if not (host.process and host.writable and name in self.component):
            return
        takers = [each for each in self.component if self.hosts[each].writable]
        assert takers == [name], f"{takers} take writes at once"
        for each in self.component:
            self.hosts[each].memory.append(self.writes)
        host.data = list(host.memory)
        self.acknowledged.append(self.writes)

    def kill(self, name: str) -> None:
        host = self.hosts[name]
        if host.process:
            host.process, host.memory = "", []
            host.writable = host.joining = False
            self.shrink(frozenset({name}))

    def look(self, name: str) -> None:
        """The watch tells the steward what there is to see."""
        host = self.hosts[name]
        seen = self.seen(name, host)
        if host.steward is not None and seen != host.shown:
            host.shown = seen
            self.feed(name, seen)

    def seen(self, name: str, host: Host) -> Seen:
        if not host.process:
            return Seen("stopped")
        if name in self.component:
            return Seen("synced", host.process, tuple(sorted(self.component)), host.process)
        if host.joining:
            return Seen("starting", host.process)
        return Seen("out", host.process, node=host.process, position=len(host.memory))

    # --- bad days -------------------------------------------------------------------------------

    def power_off(self, name: str) -> None:
        self.kill(name)
        self.hosts[name].steward = None
        self.views.pop(name, None)

    def power_on(self, name: str) -> None:
        if self.hosts[name].steward is None:
            self.boot(name)

    def everybody(self) -> frozenset[str]:
        return frozenset(name for name, host in self.hosts.items() if host.steward is not None)

    def misfortune(self) -> None:
        name = self.random.choice(HOSTS)
        match self.random.randrange(7):
            case 0:
                self.kill(name)
            case 1:
                self.power_off(name)
            case 2:
                self.power_on(name)
            case 3:
                self.shrink(frozenset({name}))
            case 4:
                for each in self.random.sample(HOSTS, 2):
                    self.power_off(each)
            case 5:
                self.feed(name, Again())
            case 6:
                up = self.everybody()
                if name in up:
                    self.view(frozenset({name}))
                    if up - {name}:
                        self.view(up - {name})

    def ordinary(self) -> None:
        name = self.random.choice(HOSTS)
        acts = (
            self.deliver,
            self.deliver,
            self.work,
            self.look,
            self.write,
            self.apply,
            self.merge,
        )
        self.random.choice(acts)(name)

    def gather(self) -> None:
        if self.everybody():
            self.view(self.everybody())

    def calm(self, rounds: int = 120) -> None:
        """Nothing happens any more but what has to."""
        for _ in range(rounds):
            for name in HOSTS:
                self.merge(name)
                self.look(name)
                for _ in range(4):
                    self.deliver(name)
                    self.work(name)
            self.tick()

    def tick(self) -> None:
        """A second: also for a server that waits for a component that is no more."""
        for name in HOSTS:
            if self.hosts[name].joining and not self.component:
                self.kill(name)
            self.feed(name, Again())

    def writers(self) -> list[str]:
        return [n for n, h in self.hosts.items() if h.writable and n in self.component]

"""One shard's keeper: events into `decision.step`, its actions into the world."""

from __future__ import annotations

import time
from contextlib import closing
from typing import Any

from ..config import Config
from ..decisions import GOES_ON, Decisions
from ..durable import load
from ..keeper import Outside, Role
from ..log import Log
from ..view import View
from ..wire import WireError
from .decision import step
from .health import Health
from .protocol import (
    WIRE,
    Action,
    Asked,
    Delivered,
    Done,
    Durable,
    Event,
    Lost,
    Say,
    Send,
    Start,
    Tick,
    ViewChanged,
)
from .resp import ReplyError
from .server import Facts, Server
from .settings import Shard
from .standing import Elected, Electing, Handing, Reigning, Standing, Waiting, quorate
from .worker import Worker

_BESIDE_S = 3.0
"""Between the handovers of two shards: they take turns by their numbers."""


class Keeper:
    def __init__(self, config: Config, shard: Shard, outside: Outside, log: Log) -> None:
        """Raises CorruptError: such a member must not vote."""
        self.shard = shard
        self.server = Server(shard)
        self._outside = outside
        self._log = log.of(shard.name)
        self._decisions = Decisions(self._log)
        self._facts: Facts | None = None
        self._calm_since = time.monotonic()
        path = config.state / f"{shard.name.replace('/', '-')}.json"
        durable = load(path, Durable())
        preferences = tuple((member.host, member.preference) for member in shard.members)
        self.standing = Standing(config.host, preferences, durable)
        self._worker = Worker(self.server, path, durable, self._log, self._later, self._note)
        self._health = Health(
            self.server, config.timers, self._reigns, lambda why: self._later(Lost(why))
        )
        self._health.start()
        self._worker.start()

    def start(self) -> None:
        """The data are loaded while the group is being joined."""
        self._worker.begin(Start(0))

    def see(self, view: View) -> None:
        self.feed(ViewChanged(view))

    def hear(self, sender: str, payload: bytes) -> None:
        try:
            self.feed(Delivered(sender, WIRE.decode(payload)))
        except WireError as error:
            self._log("failed", f"{sender} speaks another version: {error}")

    def tick(self) -> None:
        self._worker.look_after(self.term if self._reigns() else None)

    def switch_over(self, to: str | None, why: str) -> None:
        self.feed(Asked(to, why))

    def override(self, host: str) -> None:
        self._say("refused", GOES_ON)

    def resign(self, why: str) -> None:
        self._decisions.refused = not self._reigns()
        if not self._decisions.refused:
            self.feed(Asked(None, why))

    def feed(self, event: Event) -> None:
        before = self.standing.office
        self.standing, actions = step(self.standing, event)
        if type(before) is not type(self.standing.office):
            self._calm_since = time.monotonic()
        for action in actions:
            self._act(action)

    def _act(self, action: Action) -> None:
        match action:
            case Send(message=message):
                self._outside.send(WIRE.encode(message))
            case Say(what=what, why=why):
                self._say(what, why)
            case _:
                self._worker.begin(action)

    def _say(self, what: str, why: str) -> None:
        self._decisions.say(what, why, self.term)

    def _later(self, event: Done | Lost) -> None:
        """From another thread."""
        self._outside.later(lambda: self.feed(event))

    def _note(self, facts: Facts | None) -> None:
        """From the worker's thread."""
        self._outside.later(lambda: self._compare(facts))

    def _compare(self, facts: Facts | None) -> None:
        """Is everything as it should be?"""
        self._facts = facts
        self.feed(Tick(facts is not None, self._astray(facts), self._may_spread(facts)))

    def _astray(self, facts: Facts | None) -> bool:
        office = self.standing.office
        if facts is None or not isinstance(office, Reigning):
            return False
        if office.primary == self.shard.me:
            return not facts.primary
        return not facts.linked or facts.follows != self.shard.node(office.primary)

    def _may_spread(self, facts: Facts | None) -> bool:
        """The wanted primary is in step, and nothing has happened for a while."""
        quiet = self.shard.settle_s + self.shard.number * _BESIDE_S
        if facts is None or time.monotonic() < self._calm_since + quiet:
            return False
        wanted = self.shard.node(self.standing.wanted)
        address = next(peer.address for peer in self.shard.peers if peer.node == wanted)
        return address in facts.replicas

    # --- what it looks like from outside ---------------------------------------------------------

    def _reigns(self) -> bool:
        office = self.standing.office
        return isinstance(office, Reigning | Handing) and office.primary == self.shard.me

    @property
    def relieved(self) -> bool:
        match self.standing.office:
            case Reigning(primary=primary) if primary != self.shard.me:
                return True
            case _:
                return self._decisions.refused

    def plays(self, role: Role) -> bool:
        office = self.standing.office
        if not isinstance(office, Reigning) or not office.in_step:
            return False
        return role == "reader" or (role == "primary") == (office.primary == self.shard.me)

    @property
    def term(self) -> int:
        match self.standing.office:
            case Reigning(term=term) | Handing(term=term) | Elected(term=term):
                return term
            case _:
                return self.standing.durable.promised

    def status(self) -> dict[str, Any]:
        office = self.standing.office
        serving = isinstance(office, Reigning)  # while handing over, neither is to be counted on
        primary = office.primary if isinstance(office, Reigning | Handing) else None
        return {
            "role": self._role(),
            "phase": self._phase(),
            "term": self.term,
            "primary": primary,
            "serving": serving,
            "routed": primary,
            "gate": primary if self._role() == "replica" else None,
            "incomplete": not self.standing.durable.complete,
            "followers": self._followers(),
            "decisions": self._decisions.last(),
        }

    def position(self) -> int | None:
        """Redis' replication offset, in bytes."""
        try:
            with closing(self.server.connect()) as connection:
                info = str(connection.ask("INFO", "replication"))
        except (OSError, ReplyError, ValueError, KeyError):
            return None
        said = dict(line.split(":", 1) for line in info.split("\r\n") if ":" in line)
        return int(said["slave_repl_offset" if said["role"] == "slave" else "master_repl_offset"])

    def _role(self) -> str:
        office = self.standing.office
        if self._reigns():
            return "primary"
        return "replica" if isinstance(office, Reigning) and office.in_step else "none"

    def _followers(self) -> list[str]:
        """As the primary sees them."""
        if self._facts is None or not self._reigns():
            return []
        named = {peer.address: self.shard.host(peer.node) for peer in self.shard.own}
        return sorted(host for each in self._facts.replicas if (host := named.get(each)))

    def _phase(self) -> str:
        s = self.standing
        work = f", {type(s.work).__name__.lower()}" if s.work else ""
        match s.office:
            case Electing():
                return f"electing{work}"
            case Waiting(why=why):
                return f"waiting: {why}{work}"
            case Elected(winner=winner):
                return f"elected {winner}{work}"
            case Handing(to=to):
                return f"handing over to {to}{work}"
            case Reigning():
                return f"{self._role()}{work}"
            case None:
                return f"{'asking' if quorate(s) else 'alone'}{work}"

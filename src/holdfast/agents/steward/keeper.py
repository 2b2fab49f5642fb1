"""One datastore's steward on this host: events into `election.step`, its actions into the world.

Everything here runs in the main loop and blocks nowhere.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import psycopg2

from . import election, promises
from .config import Config, Datastore
from .following import is_following
from .health import Health
from .log import Log
from .promotion import upkeep
from .protocol import (
    Action,
    Asked,
    Cancel,
    Done,
    Event,
    Failed,
    Message,
    Route,
    Say,
    Send,
    Work,
)
from .proxy import Proxy
from .server import Server
from .standing import Electing, Reigning, Step, Steward, claim, quorate, reigns, serves
from .worker import Worker

_REMEMBERED = 20


@dataclass(frozen=True)
class Outside:
    """What a keeper reaches: the group, the local haproxy, and the main loop's next turn."""

    send: Callable[[str, Message], None]
    proxy: Proxy
    later: Callable[[Callable[[], None]], None]


class Keeper:
    def __init__(self, config: Config, datastore: Datastore, outside: Outside, log: Log) -> None:
        """Raises CorruptPromiseError: such a member must not vote."""
        self.datastore = datastore
        self.server = Server(datastore)
        self.decisions: deque[dict[str, Any]] = deque(maxlen=_REMEMBERED)
        self._refused = False
        self._outside = outside
        self._log = log.of(datastore.name)
        path = config.state / f"{datastore.name}.json"
        durable = promises.load(path)
        if not self.server.exists():
            durable = promises.without_data(durable)
        health = Health(self.server, config.timers, lambda why: self._later(Failed(why)))
        self._worker = Worker(
            config.host, self.server, outside.proxy, health, path, durable, self._log, self._later
        )
        self._start = partial(
            election.start, config.host, datastore.hosts, datastore.members, durable
        )
        self.steward: Steward
        health.start()
        self._worker.start()

    def start(self) -> None:
        self._take(self._start())

    def resign(self, why: str) -> None:
        """Ask to be relieved, if this host is primary."""
        self._refused = not reigns(self.steward)
        if not self._refused:
            self.feed(Asked(None, why))

    def feed(self, event: Event) -> None:
        self._take(election.step(self.steward, event))

    def _later(self, event: Done | Failed) -> None:
        """From another thread."""
        self._outside.later(lambda: self.feed(event))

    def _take(self, step: Step) -> None:
        self.steward, actions = step
        for action in actions:
            self._act(action)

    def _act(self, action: Action) -> None:
        match action:
            case Send(message=message):
                self._outside.send(self.datastore.name, message)
            case Route(primary=primary):
                self._outside.proxy.route(self.datastore, primary)
            case Say(what=what, why=why):
                self._say(what, why)
            case Cancel():
                self._worker.cancel()
            case _:
                self._begin(action)

    def _begin(self, work: Work) -> None:
        self._worker.begin(work)

    def _say(self, what: str, why: str) -> None:
        self._refused = self._refused or what == "refused"
        self.decisions.append({"at": time.time(), "what": what, "why": why})
        self._log(what, why, term=self.term)

    # --- what it looks like from outside ---------------------------------------------------------

    @property
    def serving(self) -> bool:
        """The role check's answer for the primary (rule 11)."""
        return serves(self.steward)

    @property
    def relieved(self) -> bool:
        """Another host serves, or none is able to: this one may leave."""
        match self.steward.office:
            case Reigning(primary=primary, serving=True) if primary != self.steward.me:
                return True
            case _:
                return self._refused

    @property
    def streaming(self) -> bool:
        """The role check's answer for a replica."""
        office = self.steward.office
        return isinstance(office, Reigning) and is_following(self.steward, office)

    @property
    def term(self) -> int:
        office = self.steward.office
        return self.steward.durable.promised if office is None else office.term

    def upkeep(self) -> None:
        """On the primary, now and then, off the main loop: slots that PostgreSQL gave up."""
        s = self.steward
        if self.serving and claim(s) is not None:
            others = [host for host in s.hosts if host != s.me]
            work = partial(_upkeep, self.server, s.durable.terms[-1], others)
            threading.Thread(target=work, name="upkeep", daemon=True).start()

    def status(self) -> dict[str, Any]:
        """For people and drills; the brief facts first."""
        s, office, name = self.steward, self.steward.office, self.datastore.name
        reigning = office if isinstance(office, Reigning) else None
        return {
            "role": self._role(),
            "phase": self._phase(),
            "term": self.term,
            "primary": reigning.primary if reigning else None,
            "serving": bool(reigning and reigning.serving),
            "routed": self._outside.proxy.routed.get(name),
            "gate": self._outside.proxy.gate.get(name),
            "incomplete": s.durable.incomplete,
            "followers": sorted(reigning.followers) if reigning else [],
            "terms": [asdict(term) for term in s.durable.terms],
            "decisions": list(self.decisions),
        }

    def _role(self) -> str:
        if claim(self.steward) is not None:
            return "primary"
        return "replica" if self.steward.member.role == "standby" else "none"

    def _phase(self) -> str:
        """What is going on, in a few words."""
        s = self.steward
        work = f", {type(s.work).__name__.lower()}" if s.work else ""
        trouble = f", {s.trouble}" if s.trouble else ""
        match s.office:
            case Electing(winner=None):
                return f"electing{work}{trouble}"
            case Electing(winner=winner):
                return f"elected {winner}{work}{trouble}"
            case Reigning():
                return f"{s.member.role}{work}{trouble}"
            case None:
                return f"{'asking' if quorate(s) else 'alone'}{work}{trouble}"


def _upkeep(server: Server, *arguments: Any) -> None:
    """The next one does what this one could not."""
    with suppress(psycopg2.Error):
        upkeep(server, *arguments)

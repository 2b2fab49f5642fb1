"""One PostgreSQL datastore's keeper: events into `election.step`, its actions into the world."""

from __future__ import annotations

import threading
from contextlib import closing, suppress
from dataclasses import asdict
from functools import partial
from typing import Any

import psycopg2

from ..config import Config
from ..decisions import GOES_ON, Decisions
from ..durable import load
from ..keeper import Outside, Role
from ..log import Log
from ..view import View
from ..wire import WireError
from . import election
from .following import is_following
from .health import Health
from .history import parse_lsn
from .promotion import upkeep
from .protocol import (
    WIRE,
    Action,
    Again,
    Asked,
    Cancel,
    Delivered,
    Done,
    Durable,
    Event,
    Failed,
    Route,
    Say,
    Send,
    ViewChanged,
    Work,
)
from .server import Server
from .settings import Datastore
from .standing import Electing, Reigning, Step, Steward, claim, quorate, reigns, serves
from .worker import Worker

_UPKEEP_EVERY = 5
_LSN = """
select case when pg_is_in_recovery() then pg_last_wal_replay_lsn()
       else pg_current_wal_flush_lsn() end::text
"""


class Keeper:
    def __init__(self, config: Config, datastore: Datastore, outside: Outside, log: Log) -> None:
        """Raises CorruptPromiseError: such a member must not vote."""
        self.datastore = datastore
        self.server = Server(datastore)
        self._ticks = 0
        self._outside = outside
        self._log = log.of(datastore.name)
        self._decisions = Decisions(self._log)
        path = config.state / f"{datastore.name}.json"
        durable = load(path, Durable())
        if not self.server.exists():
            durable = durable.without_data()
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

    def see(self, view: View) -> None:
        self.feed(ViewChanged(view))

    def hear(self, sender: str, payload: bytes) -> None:
        try:
            self.feed(Delivered(sender, WIRE.decode(payload)))
        except WireError as error:
            self._log("failed", f"{sender} speaks another version: {error}")

    def tick(self) -> None:
        self.feed(Again())
        self._ticks += 1
        if self._ticks % _UPKEEP_EVERY == 0:
            self._upkeep()

    def switch_over(self, to: str | None, why: str) -> None:
        self.feed(Asked(to, why))

    def override(self, host: str) -> None:
        self._say("refused", GOES_ON)

    def resign(self, why: str) -> None:
        self._decisions.refused = not reigns(self.steward)
        if not self._decisions.refused:
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
                self._outside.send(WIRE.encode(message))
            case Route(primary=primary):
                self._outside.proxy.choose(self.datastore.route, primary)
            case Say(what=what, why=why):
                self._say(what, why)
            case Cancel():
                self._worker.cancel()
            case _:
                self._begin(action)

    def _begin(self, work: Work) -> None:
        self._worker.begin(work)

    def _say(self, what: str, why: str) -> None:
        self._decisions.say(what, why, self.term)

    # --- what it looks like from outside ---------------------------------------------------------

    def plays(self, role: Role) -> bool:
        match role:
            case "primary":
                return serves(self.steward)  # rule 11
            case "replica":
                return self._follows()
            case "reader":
                return serves(self.steward) or self._follows()

    @property
    def relieved(self) -> bool:
        """Another host serves, or none is able to: this one may leave."""
        match self.steward.office:
            case Reigning(primary=primary, serving=True) if primary != self.steward.me:
                return True
            case _:
                return self._decisions.refused

    def _follows(self) -> bool:
        office = self.steward.office
        return isinstance(office, Reigning) and is_following(self.steward, office)

    @property
    def term(self) -> int:
        office = self.steward.office
        return self.steward.durable.promised if office is None else office.term

    def _upkeep(self) -> None:
        """On the primary, now and then, off the main loop: slots that PostgreSQL gave up."""
        s = self.steward
        if serves(s) and claim(s) is not None:
            others = [host for host in s.hosts if host != s.me]
            work = partial(_retire_slots, self.server, s.durable.terms[-1], others)
            threading.Thread(target=work, name="upkeep", daemon=True).start()

    def status(self) -> dict[str, Any]:
        """For people and drills; the brief facts first."""
        s, office, proxy = self.steward, self.steward.office, self._outside.proxy
        reigning = office if isinstance(office, Reigning) else None
        return {
            "role": self._role(),
            "phase": self._phase(),
            "term": self.term,
            "primary": reigning.primary if reigning else None,
            "serving": bool(reigning and reigning.serving),
            "routed": proxy.chosen(self.datastore.route),
            "gate": proxy.chosen(self.datastore.gate),
            "incomplete": s.durable.incomplete,
            "followers": sorted(reigning.followers) if reigning else [],
            "terms": [asdict(term) for term in s.durable.terms],
            "decisions": self._decisions.last(),
        }

    def position(self) -> int | None:
        """The LSN that is replayed or, on a primary, flushed."""
        if self.server.expected is None:
            return None
        try:
            connection = self.server.connect(limit_ms=1000)
            with closing(connection), connection.cursor() as cursor:
                cursor.execute(_LSN)
                row = cursor.fetchone()
        except psycopg2.Error:
            return None
        return None if row is None or row[0] is None else parse_lsn(row[0])

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


def _retire_slots(server: Server, *arguments: Any) -> None:
    """The next one does what this one could not."""
    with suppress(psycopg2.Error):
        upkeep(server, *arguments)

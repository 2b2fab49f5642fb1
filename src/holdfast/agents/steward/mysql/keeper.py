"""One MySQL datastore's keeper: events into `decision.step`, its actions into the world."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from ..commands import FailedError
from ..config import Config
from ..decisions import Decisions
from ..durable import load
from ..keeper import Outside, Role
from ..log import Log
from ..view import View
from ..wire import WireError
from . import decision
from .protocol import (
    WIRE,
    Action,
    Again,
    Asked,
    Delivered,
    Done,
    Durable,
    Event,
    Evict,
    Leaving,
    Overridden,
    Route,
    Say,
    Seen,
    Send,
    ViewChanged,
)
from .server import Server
from .settings import Datastore
from .standing import Step, Steward, is_complete, is_synced, quorate, writer
from .watch import Watch
from .worker import Worker

_POSITION = "show global status like 'wsrep_last_committed'"


class Keeper:
    def __init__(self, config: Config, datastore: Datastore, outside: Outside, log: Log) -> None:
        """Raises CorruptError: such a member must not decide."""
        self.datastore = datastore
        self.server = Server(datastore)
        self._outside = outside
        self._log = log.of(datastore.name)
        self._decisions = Decisions(self._log)
        path = config.state / f"{datastore.name}.json"
        durable = load(path, Durable())
        if not self.server.exists():
            durable = replace(durable, incomplete=True)
        self.steward: Steward = decision.start(config.host, datastore.members, durable)
        self._worker = Worker(config.host, self.server, path, self._log, self._later)
        self._watch = Watch(self.server, config.timers, self._later)

    def start(self) -> None:
        self._worker.start()
        self._watch.start()

    def see(self, view: View) -> None:
        self.feed(ViewChanged(view))

    def hear(self, sender: str, payload: bytes) -> None:
        try:
            self.feed(Delivered(sender, WIRE.decode(payload)))
        except WireError as error:
            self._log("failed", f"{sender} speaks another version: {error}")

    def tick(self) -> None:
        self.feed(Again())

    def switch_over(self, to: str | None, why: str) -> None:
        self.feed(Asked(to, why))

    def override(self, host: str) -> None:
        """A person wants the data to begin anew from those of `host`."""
        self.feed(Overridden(host))

    def resign(self, why: str) -> None:
        self.feed(Leaving())
        common = self.steward.common
        writes = common is not None and writer(common) == self.steward.me
        self._decisions.refused = not writes
        if writes:
            self.feed(Asked(None, why))

    def feed(self, event: Event) -> None:
        self._take(decision.step(self.steward, event))

    def _later(self, event: Done | Seen) -> None:
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
            case Route(writer=host):
                self._outside.proxy.choose(self.datastore.route, host)
            case Evict(host=host, node=node):
                self._say("evicted", f"{host} is lost to the group")
                self._worker.evict(node)
            case Say(what=what, why=why):
                self._say(what, why)
            case _:
                self._worker.begin(action)

    def _say(self, what: str, why: str) -> None:
        self._decisions.say(what, why, self.term)

    # --- what it looks like from outside ---------------------------------------------------------

    def plays(self, role: Role) -> bool:
        s = self.steward
        if s.common is None or not quorate(s):
            return False
        writes = writer(s.common) == s.me
        reads = is_synced(s.common, s.me)
        match role:
            case "primary":
                return writes and s.open > 0
            case "replica":
                return reads and not writes
            case "reader":
                return reads

    @property
    def relieved(self) -> bool:
        common = self.steward.common
        present = None if common is None else writer(common)
        return self._decisions.refused or (present is not None and present != self.steward.me)

    @property
    def term(self) -> int:
        s = self.steward
        epoch = s.saved.epoch if s.common is None else s.common.epoch
        return max(s.saved.newest, 0 if epoch is None else epoch.number)

    def status(self) -> dict[str, Any]:
        """For people and drills; the brief facts first."""
        s = self.steward
        common = s.common
        present = None if common is None else writer(common)
        members = [] if common is None else [h for h, _ in common.members if is_complete(common, h)]
        return {
            "role": self._role(s, present),
            "phase": self._phase(s),
            "term": self.term,
            "primary": present,
            "serving": present is not None,
            "routed": self._outside.proxy.chosen(self.datastore.route),
            "incomplete": s.durable.incomplete,
            "complete": members,
            "epochs": [asdict(epoch) for epoch in s.saved.epochs],
            "foundings": [asdict(founding) for founding in s.saved.foundings],
            "decisions": self._decisions.last(),
        }

    def position(self) -> int | None:
        """The seqno of the last write set that is committed here."""
        if self.steward.seen.stage in ("stopped", "starting"):
            return None
        try:
            return int(self.server.ask(_POSITION, limit_s=1)[0][1])
        except (FailedError, LookupError, ValueError):
            return None

    def _role(self, s: Steward, present: str | None) -> str:
        if present == s.me:
            return "primary"
        return "replica" if s.common is not None and is_synced(s.common, s.me) else "none"

    def _phase(self, s: Steward) -> str:
        """What is going on, in a few words."""
        work = f", {type(s.work).__name__.lower()}" if s.work else ""
        trouble = f", {s.trouble}" if s.trouble else ""
        if not quorate(s):
            return f"alone, {s.seen.stage}{work}{trouble}"
        if s.common is None:
            return f"asking{work}{trouble}"
        if s.common.waits:
            return f"waits for {s.common.waits}{work}{trouble}"
        return f"{s.report.stage}{work}{trouble}"

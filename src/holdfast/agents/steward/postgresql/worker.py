"""Does a datastore's work, one piece after the other, in a thread of its own."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2

from ..commands import Cancel, CancelledError, FailedError, HopelessError
from ..durable import save
from ..log import Log
from ..proxy import Proxy
from .health import Health
from .history import slot
from .promotion import mark, promote, retire, settle
from .protocol import (
    CloseGate,
    Demote,
    Done,
    Drain,
    Durable,
    Follow,
    Mark,
    Persist,
    Promote,
    Rejoin,
    Settle,
    Stop,
    Work,
)
from .rejoin import Rejoining
from .replication import await_stream, drain, follow
from .server import Server

_LIMIT_S = 30.0
_HINDERED_S = 0.5


@dataclass
class Worker:
    """`durable` is what is on disk; `done` is called from the worker's thread."""

    me: str
    server: Server
    proxy: Proxy
    health: Health
    promises: Path
    durable: Durable
    log: Log
    done: Callable[[Done], None]
    _queue: queue.SimpleQueue[tuple[Work, Cancel]] = field(default_factory=queue.SimpleQueue)
    _cancel: Cancel = field(default_factory=Cancel)

    def start(self) -> None:
        name = f"worker-{self.server.datastore.name}"
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def begin(self, work: Work) -> None:
        self._cancel = Cancel()
        self._queue.put((work, self._cancel))

    def cancel(self) -> None:
        """The work that was begun last; no effect if it has ended."""
        self._cancel.set()

    def _work(self) -> None:
        while True:
            work, cancel = self._queue.get()
            self.done(self._result(work, cancel))

    def _result(self, work: Work, cancel: Cancel) -> Done:
        try:
            return self._do(work, cancel)
        except (FailedError, OSError, ValueError, LookupError, psycopg2.Error) as error:
            # Work that failed because the server died must not look like anything else.
            self.health.check()
            return Done(work.number, ok=False, why=str(error) or repr(error))

    def _do(self, work: Work, cancel: Cancel) -> Done:
        server, number = self.server, work.number
        match work:
            case CloseGate():
                self.proxy.choose_now(server.datastore.gate, None)
            case Persist(durable=durable):
                self._persist(durable)
            case Settle(intent=intent):
                return Done(number, True, terms=settle(server, intent, self.durable.terms))
            case Demote():
                server.running_standby(_LIMIT_S)
            case Drain(terms=terms):
                return Done(number, True, position=drain(server, terms, _LIMIT_S))
            case Promote(term=term, terms=terms, followers=followers):
                extended = promote(server, term, terms, followers, _LIMIT_S)
                return Done(number, True, terms=extended)
            case Mark(term=term):
                mark(server, term, self.me, cancel)
            case Follow():
                self._follow(work, cancel)
            case Rejoin():
                self._rejoin(work, cancel)
            case Stop():
                retire(server)
        return Done(number, True)

    def _persist(self, durable: Durable) -> None:
        try:
            save(self.promises, durable)
        except OSError as error:
            self.log("failed", f"a promise cannot be kept on disk: {error}")
            os._exit(3)
        self.durable = durable

    def _follow(self, work: Follow, cancel: Cancel) -> None:
        """Its failure costs a new copy of all data, so a mere hindrance is tried again."""
        while True:
            try:
                self._try_to_follow(work, cancel)
                return
            except (CancelledError, HopelessError):
                raise
            except (FailedError, OSError, psycopg2.Error) as error:
                if self.server.pid() is None:
                    raise
                self.log("hindered", f"following {work.primary}: {' '.join(str(error).split())}")
                cancel.pause(_HINDERED_S)

    def _try_to_follow(self, work: Follow, cancel: Cancel) -> None:
        terms, token = self.durable.terms, slot(work.term, self.me)
        follow(self.server, self.proxy, work.primary, token, terms)
        await_stream(self.server, terms[-1].timeline, cancel)

    def _rejoin(self, work: Rejoin, cancel: Cancel) -> None:
        token = slot(work.term, self.me)
        rejoining = Rejoining(
            self.server, self.proxy, work.primary, token, work.terms, self.log, cancel
        )
        rejoining.run(work.rewind)

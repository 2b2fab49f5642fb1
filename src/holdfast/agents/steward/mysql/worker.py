"""Does a MySQL datastore's work, one piece after the other, in a thread of its own."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..commands import FailedError
from ..durable import save
from ..log import Log
from .protocol import Close, Done, Found, Join, Open, Persist, Recover, Stop, Wipe, Work
from .server import NOWHERE, Server

_FOUND_S = 10.0
_CLOSE_S = 1.0
_POLL_S = 0.02
_MARK = (
    "insert into holdfast.epochs (number, host) values (%s, %s)"
    # Written once more when it was, and what came after it failed.
    " on duplicate key update at = current_timestamp(6)"
)
_STATUS = "show global status like 'wsrep_cluster_status'"


@dataclass
class Worker:
    """`done` is called from the worker's thread."""

    me: str
    server: Server
    promises: Path
    log: Log
    done: Callable[[Done], None]
    _position: tuple[str, int] = (NOWHERE, -1)
    _queue: queue.SimpleQueue[Work] = field(default_factory=queue.SimpleQueue)

    def start(self) -> None:
        name = f"worker-{self.server.datastore.name}"
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def begin(self, work: Work) -> None:
        self._queue.put(work)

    def evict(self, node: str) -> None:
        """Apart from the work, which may be waiting for that very node."""

        def tell() -> None:
            try:
                self.server.option("evs.evict", node, limit_s=2)
            except FailedError as error:
                self.log("failed", f"{node} is not evicted: {error}")

        threading.Thread(target=tell, name="evict", daemon=True).start()

    def _work(self) -> None:
        while True:
            work = self._queue.get()
            try:
                self.done(self._do(work))
            except (FailedError, OSError, ValueError, LookupError) as error:
                self.done(Done(work.number, ok=False, why=str(error) or repr(error)))

    def _do(self, work: Work) -> Done:
        match work:
            case Persist():
                self._persist(work)
            case Recover():
                self._position = self.server.recover()
                return Done(work.number, True, position=self._position[1])
            case Wipe():
                self.server.wipe()
                self._position = (NOWHERE, -1)
            case Join(donors=donors):
                self._join(donors)
            case Found(base=base):
                self._found(base)
            case Open(epoch=epoch):
                self.server.ask(_MARK, (epoch, self.me))
                self.server.ask("set global read_only = 0")
            case Close():
                self._close()
            case Stop():
                self.server.kill()
        return Done(work.number, True)

    def _persist(self, work: Persist) -> None:
        try:
            save(self.promises, work.durable)
        except OSError as error:
            self.log("failed", f"a promise cannot be kept on disk: {error}")
            os._exit(3)

    def _join(self, donors: tuple[str, ...]) -> None:
        uuid, seqno = self._position
        # The comma at the end: anybody, if none of these can.
        arguments = [f"--wsrep-sst-donor={','.join(donors)},"] if donors else []
        if self.server.exists() and seqno >= 0:
            self.server.write_state(uuid, seqno, founder=False)
            arguments.append(f"--wsrep-start-position={uuid}:{seqno}")
        else:
            (self.server.datastore.data / "grastate.dat").unlink(missing_ok=True)
        self.server.start(arguments)

    def _found(self, base: int) -> None:
        if self.server.pid() is not None:
            self.server.option("pc.bootstrap", "ON", _FOUND_S)
            self._await_primary()
            return
        uuid, seqno = self._position
        if seqno != base:
            raise FailedError(f"the data reach to {seqno}, not to {base}")
        self.server.write_state(uuid, seqno, founder=True)
        position = f"--wsrep-start-position={uuid}:{seqno}"
        self.server.start(["--wsrep-new-cluster", position])

    def _await_primary(self) -> None:
        deadline = time.monotonic() + _FOUND_S
        while self.server.ask(_STATUS)[0][1] != "Primary":
            if time.monotonic() > deadline:
                raise FailedError("it does not become a primary component")
            time.sleep(_POLL_S)

    def _close(self) -> None:
        """`read_only` waits for the commits that are under way. A server that does not get there
        is killed: it can acknowledge nothing then."""
        try:
            self.server.ask("set global read_only = 1", limit_s=_CLOSE_S)
        except FailedError as error:
            self.log("failed", f"it does not stop taking writes, and is killed: {error}")
            self.server.kill()

"""Is the local server alive? Its process is watched, its answers are awaited, a hung one is killed.

Killed, because clients whose connections nobody answers wait for their own time-outs, and because
it could wake up late.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable

from ..config import Timers
from ..processes import FORGIVEN, waits_for_machine, whereabouts
from .resp import Connection, ReplyError
from .server import Server


class Health:
    """Watches whatever `server` expects to run; `report` is told once per loss, and why.

    `leads`: whether users wait for this very server. A replica that waits for its machine is left
    alone: nobody is better off without it, and what it has not yet on disk would be gone."""

    def __init__(
        self,
        server: Server,
        timers: Timers,
        leads: Callable[[], bool],
        report: Callable[[str], None],
    ) -> None:
        self._server = server
        self._timers = timers
        self._leads = leads
        self._report = report

    def start(self) -> None:
        name = f"health-{self._server.shard.name}"
        threading.Thread(target=self._watch, name=name, daemon=True).start()

    def _watch(self) -> None:
        while True:
            pid = self._server.expected
            if pid is None:
                time.sleep(self._timers.process_poll_ms / 1000)
                continue
            try:
                process = os.pidfd_open(pid)
            except ProcessLookupError:
                self._lose(pid, "its process died")
                continue
            pinger = _Pinger(self._server, self._timers.probe_timeout_ms / 1000)
            try:
                self._mind(pid, process, pinger)
            finally:
                pinger.close()
                os.close(process)

    def _mind(self, pid: int, process: int, pinger: _Pinger) -> None:
        silent = starved = 0
        while self._server.expected == pid:
            pause = 0.0 if silent else self._timers.probe_interval_ms / 1000
            if select.select([process], [], [], pause)[0]:
                self._lose(pid, "its process died")
            elif pinger.answers():
                silent = starved = 0
            elif (starved < FORGIVEN or not self._leads()) and waits_for_machine(pid):
                starved += 1
            elif silent + 1 < self._timers.probe_failures:
                silent += 1
            elif self._server.miss(pid):
                where = whereabouts(pid)
                self._server.kill(pid)
                limit = f"{silent + 1} times within {self._timers.probe_timeout_ms} ms"
                self._report(f"no answer {limit} ({where}): killed")

    def _lose(self, pid: int, why: str) -> None:
        if self._server.miss(pid):
            self._report(why)


class _Pinger:
    """One connection kept. A server that refuses is alive: it may be loading its data."""

    def __init__(self, server: Server, limit_s: float) -> None:
        self._server = server
        self._limit_s = limit_s
        self._connection: Connection | None = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def answers(self) -> bool:
        try:
            if self._connection is None:
                self._connection = self._server.connect(self._limit_s)
            self._connection.ask("PING")
        except ReplyError:
            return True
        except OSError:
            self.close()
            return False
        return True

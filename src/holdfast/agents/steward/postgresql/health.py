"""Is the local server alive? Its process is watched, its answers are awaited, a hung one is killed.

Killed, because it could wake up late: the promises of the others make that harmless, but its
clients would hang until then.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..config import Timers
from ..processes import FORGIVEN, dies, is_stopped, waits_for_machine, whereabouts
from .pulse import Session, welcomes
from .server import Server

_NEWCOMER_S = 1.0
_DEAF = 5
"""Newcomers in a row that heard nothing, while open sessions are answered. Patience, because
making a process can take the kernel long, and those who are connected have what they need."""


@dataclass
class _Count:
    silent: int = 0
    starved: int = 0
    deaf: int = 0
    newcomer_at: float = 0.0


class Health:
    """Watches whatever `server` expects to run; `report` is told once per loss, and why."""

    def __init__(self, server: Server, timers: Timers, report: Callable[[str], None]) -> None:
        self._server = server
        self._timers = timers
        self._limit_s = timers.probe_timeout_ms / 1000
        self._report = report

    def start(self) -> None:
        threading.Thread(target=self._watch, name="health", daemon=True).start()

    def check(self) -> None:
        """Report a death at once, for whoever stumbles over it before the watch does."""
        pid = self._server.expected
        if pid is not None and self._server.pid() is None:
            self._lose(pid, "the postmaster died")

    def _watch(self) -> None:
        while True:
            pid = self._server.expected
            if pid is None:
                time.sleep(self._timers.process_poll_ms / 1000)
                continue
            try:
                process = os.pidfd_open(pid)
            except ProcessLookupError:
                self._lose(pid, "the postmaster died")
                continue
            session = Session(self._server)
            try:
                self._mind(pid, process, session)
            finally:
                session.close()
                os.close(process)

    def _mind(self, pid: int, process: int, session: Session) -> None:
        """Until it dies, or hangs, or is no longer expected to run."""
        count = _Count()
        while self._server.expected == pid:
            # After silence the next question follows at once.
            if dies(process, 0 if count.silent else self._timers.probe_interval_ms / 1000):
                self._lose(pid, "the postmaster died")
            elif why := self._hangs(pid, process, session, count):
                self._kill(pid, why)

    def _hangs(self, pid: int, process: int, session: Session, count: _Count) -> str:
        """Why it counts as hung; nothing, if it does not, or not yet."""
        if session.answers(process, self._limit_s) and not is_stopped(pid):
            count.silent = count.starved = 0
            return self._is_deaf(process, count)
        if count.starved < FORGIVEN and waits_for_machine(session.pid or pid):
            count.starved += 1
            return ""
        count.silent += 1
        if count.silent < self._timers.probe_failures:
            return ""
        limit = f"{count.silent} times within {self._timers.probe_timeout_ms} ms"
        places = f"postmaster {whereabouts(pid)}, backend {whereabouts(session.pid or pid)}"
        return f"no answer {limit}, {count.starved} times starved ({places})"

    def _is_deaf(self, process: int, count: _Count) -> str:
        now = time.monotonic()
        if now < count.newcomer_at:
            return ""
        count.newcomer_at = now + _NEWCOMER_S
        welcome = welcomes(self._server.datastore.port, process, self._limit_s)
        count.deaf = 0 if welcome else count.deaf + 1
        return f"no newcomer heard anything, {count.deaf} times" if count.deaf >= _DEAF else ""

    def _lose(self, pid: int, why: str) -> None:
        if self._server.miss(pid):
            self._report(why)

    def _kill(self, pid: int, why: str) -> None:
        if self._server.miss(pid):
            self._server.kill(pid)
            self._report(f"{why}: killed")

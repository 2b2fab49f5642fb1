"""Is the local server alive? Its process is watched, and a start-up packet sent now and then.

The packet asks for TLS on the unix socket (PostgreSQL's protocol, section SSLRequest): the
postmaster must accept, fork a backend, and that must answer one byte; nobody logs in, nothing is
read from disk. A server that stays silent is killed: it could answer late, as a second primary.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from .config import Timers
from .server import SOCKETS, Server, children

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)

_STARVED = 10
"""Silent probes in a row that are forgiven to a server which only waits for its turn on a CPU."""


class Health:
    """Watches whatever `server` expects to run; `report` is told once per loss, and why."""

    def __init__(self, server: Server, timers: Timers, report: Callable[[str], None]) -> None:
        self._server = server
        self._timers = timers
        self._report = report
        self._door = f"{SOCKETS}/.s.PGSQL.{server.datastore.port}"

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
            try:
                self._mind(pid, process)
            finally:
                os.close(process)

    def _mind(self, pid: int, process: int) -> None:
        """Until it dies, or hangs, or is no longer expected to run."""
        silent = starved = 0
        while self._server.expected == pid:
            # A probe that got no answer is repeated at once.
            if self._dies(process, 0 if silent else self._timers.probe_interval_ms):
                self._lose(pid, "the postmaster died")
            elif self._answers(process):
                silent = starved = 0
            elif starved < _STARVED and waits_for_cpu(pid):
                starved += 1
            else:
                silent += 1
                if silent >= self._timers.probe_failures:
                    self._kill(pid, silent)

    def _dies(self, process: int, within_ms: int) -> bool:
        readable, _, _ = select.select([process], [], [], within_ms / 1000)
        return bool(readable)

    def _answers(self, process: int) -> bool:
        """One byte, or the end of the connection, within the time limit; death is an answer too,
        which the next look tells apart."""
        limit_s = self._timers.probe_timeout_ms / 1000
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as door:
            door.settimeout(limit_s)
            try:
                door.connect(self._door)
                door.sendall(_SSL_REQUEST)
            except TimeoutError:
                return False
            except OSError:
                return self._dies(process, self._timers.probe_timeout_ms)
            readable, _, _ = select.select([door.fileno(), process], [], [], limit_s)
            if door.fileno() in readable:
                with suppress(OSError):
                    door.recv(1)  # left unread, it would be a reset, and a line in the log
            return bool(readable)

    def _lose(self, pid: int, why: str) -> None:
        if self._server.miss(pid):
            self._report(why)

    def _kill(self, pid: int, silent: int) -> None:
        if self._server.miss(pid):
            self._server.kill(pid)
            limit_ms = self._timers.probe_timeout_ms
            self._report(f"no answer {silent} times within {limit_ms} ms: killed")


def waits_for_cpu(pid: int) -> bool:
    """Whether the postmaster, or the backend it forked last (for our probe), is ready to run: a
    busy machine, which another primary would not cure. A hung server sleeps or is stopped."""
    return any(_state(each) == "R" for each in (pid, *children(pid)[-1:]))


def _state(pid: int) -> str:
    """proc_pid_stat(5): the letter after the name in brackets; nothing, if it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][1:2]
    except OSError:
        return ""

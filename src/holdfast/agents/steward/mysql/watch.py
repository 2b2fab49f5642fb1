"""What the server is doing, looked at again and again; a hung one is killed.

One thread, one connection that is kept: how the member stands in its group, and at the same time
whether it answers at all.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

import pymysql
from pymysql.connections import Connection

from ..config import Timers
from ..processes import FORGIVEN, dies, is_stopped, waits_for_machine, whereabouts
from .protocol import Seen
from .server import Server, hang_up

_STATUS = """
show global status where variable_name in ('wsrep_cluster_status', 'wsrep_local_state',
 'wsrep_incoming_addresses', 'wsrep_gcomm_uuid', 'wsrep_last_committed')
"""
_STAGES = {"1": "joining", "2": "donor", "3": "joined", "4": "synced"}
"""wsrep_local_state, in a primary component."""


class Watch:
    """`report` is told whenever something is new, from the watch's own thread."""

    def __init__(self, server: Server, timers: Timers, report: Callable[[Seen], None]) -> None:
        self._server = server
        self._report = report
        self._poll_s = timers.process_poll_ms / 1000
        self._synced_poll_s = timers.probe_interval_ms / 1000
        self._limit_s = timers.probe_timeout_ms / 1000
        self._failures = timers.probe_failures
        self._hosts = dict(server.datastore.addresses)
        self._last: Seen | None = None

    def start(self) -> None:
        threading.Thread(target=self._watch, name="watch", daemon=True).start()

    def _watch(self) -> None:
        while True:
            pid = self._server.pid()
            identity = "" if pid is None else self._server.identity(pid)
            if pid is None or not identity:
                self._tell(Seen("stopped"))
                time.sleep(self._poll_s)
                continue
            try:
                process = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            try:
                why = self._mind(pid, process, identity)
            finally:
                os.close(process)
            self._tell(Seen("stopped", why=why))

    def _mind(self, pid: int, process: int, identity: str) -> str:
        """Until it ends: why it did."""
        connection: Connection[Any] | None = None
        silent = starved = 0
        answered = False
        self._tell(Seen("starting", identity))
        while not dies(process, 0 if silent else self._pause_s):
            try:
                connection = connection or self._server.connect(self._limit_s)
                self._tell(self._look(connection, identity))
                answered, silent, starved = True, 0, 0
                if not is_stopped(pid):
                    continue
            except (pymysql.Error, OSError):
                hang_up(connection)
                connection = None
                if not answered or dies(process, 0):
                    continue
            if starved < FORGIVEN and waits_for_machine(pid):
                starved += 1
                continue
            silent += 1
            if silent >= self._failures:
                hang_up(connection)
                where = whereabouts(pid)
                self._server.kill()
                return f"no answer {silent} times ({where}): killed"
        hang_up(connection)
        return "the server died"

    @property
    def _pause_s(self) -> float:
        """A question costs the server more than its answer is worth while all is well."""
        synced = self._last is not None and self._last.stage == "synced"
        return self._synced_poll_s if synced else self._poll_s

    def _look(self, connection: Connection[Any], identity: str) -> Seen:
        with connection.cursor() as cursor:
            cursor.execute(_STATUS)
            said = {str(name).lower(): str(value) for name, value in cursor.fetchall()}
        if said.get("wsrep_cluster_status") != "Primary":
            position = int(said.get("wsrep_last_committed", "-1"))
            return Seen("out", identity, node=said.get("wsrep_gcomm_uuid", ""), position=position)
        addresses = said.get("wsrep_incoming_addresses", "").split(",")
        # A member that has just come has not told its address yet: it is waited for.
        component = tuple(sorted(self._hosts.get(each.strip(), "?") for each in addresses))
        return Seen(
            _STAGES.get(said.get("wsrep_local_state", ""), "joining"),
            identity,
            component,
            said.get("wsrep_gcomm_uuid", ""),
        )

    def _tell(self, seen: Seen) -> None:
        if self._last is None or seen != self._last:
            self._last = seen
            self._report(seen)

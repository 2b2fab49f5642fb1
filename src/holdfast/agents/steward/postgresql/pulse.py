"""Signs of life of a PostgreSQL server: what an open session answers, what a newcomer is told, and
whether its processes want to run at all."""

from __future__ import annotations

import select
import socket
import struct
import time
from contextlib import suppress

import psycopg2
import psycopg2.extensions

from .server import SOCKETS, Server

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)


class Session:
    """One connection that is kept, and asked `select 1`: no fork, no disk. A question that was not
    answered in time stays open: the next call waits on for the same answer."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._connection: psycopg2.extensions.connection | None = None
        self._open = False

    def answers(self, process: int, limit_s: float) -> bool:
        """Within the time limit. An error is an answer too, and so is the end of `process`, a
        pidfd: its reader tells that apart."""
        try:
            return self._wait(self._ask(), process, limit_s)
        except psycopg2.Error:
            self.close()
            return True

    @property
    def pid(self) -> int | None:
        """The backend at the other end."""
        return None if self._connection is None else self._connection.info.backend_pid

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection, self._open = None, False

    def _ask(self) -> psycopg2.extensions.connection:
        if self._connection is None:
            self._connection = self._server.connect(async_=True)
        elif not self._open:
            self._connection.cursor().execute("select 1")
        self._open = True
        return self._connection

    def _wait(
        self, connection: psycopg2.extensions.connection, process: int, limit_s: float
    ) -> bool:
        deadline = time.monotonic() + limit_s
        while (state := connection.poll()) != psycopg2.extensions.POLL_OK:
            door = connection.fileno()
            writing = [door] if state == psycopg2.extensions.POLL_WRITE else []
            left_s = max(0.0, deadline - time.monotonic())
            readable, writable, _ = select.select([door, process], writing, [], left_s)
            if process in readable:
                return True
            if not readable and not writable:
                return False
        self._open = False
        return True


def welcomes(port: int, process: int, limit_s: float) -> bool:
    """Whether a newcomer hears anything: it asks for TLS on the unix socket (PostgreSQL's protocol,
    SSLRequest), for which the postmaster must fork a backend that answers one byte."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as door:
        door.settimeout(limit_s)
        try:
            door.connect(f"{SOCKETS}/.s.PGSQL.{port}")
            door.sendall(_SSL_REQUEST)
        except TimeoutError:
            return False
        except OSError:
            return True
        readable, _, _ = select.select([door.fileno(), process], [], [], limit_s)
        if door.fileno() in readable:
            with suppress(OSError):
                door.recv(1)  # left unread, it would be a reset, and a line in the log
        return bool(readable)

"""A client of a MySQL datastore that keeps one connection and commits one row per question.

What counts as acknowledged is as strict as for PostgreSQL. An error before the row was sent: not
done. An error that the server itself reports on a connection that lives: not done. Everything else
after sending proves nothing, and so do success with a warning and the errors of a server that is
about to end the connection, or that has lost its group in the middle of a commit.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pymysql
from pymysql.connections import Connection
from pymysql.constants import ER

from holdfast.drill.timeline import Outcome
from holdfast.drill.urgency import as_urgent
from holdfast.probes.base import Answer
from holdfast.probes.door import Door

T = TypeVar("T")

_INSERT = "insert into holdfast_probe.writes (`key`) values (%s)"
_TEARDOWN_S = 0.2
_KILLED = 1927
"""ER_CONNECTION_KILLED, MariaDB's own."""

_PROVES_NOTHING = frozenset(
    (_KILLED, ER.SERVER_SHUTDOWN, ER.ERROR_DURING_COMMIT, ER.QUERY_INTERRUPTED)
)
_FIRST_OF_CLIENT, _LAST_OF_CLIENT = 2000, 2999
"""Numbers of errors that no server sends: the client's own, such as a lost connection."""


@dataclass
class _Session:
    """`line` is a second handle of the connection's socket: shutting it down ends whatever waits
    for the server."""

    connection: Connection[Any]
    line: socket.socket

    def hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self.line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Without a farewell: the other side may be dead."""
        self.hang_up()
        self.connection._force_close()
        self.line.close()


@dataclass
class MysqlProbe:
    """The driver blocks, so it runs in a thread of the probe's own."""

    name: str
    door: Door
    ledger: str
    period: float = 0.025
    deadline: float = 1.0
    lanes: int = 1
    _session: _Session | None = None
    _tls: ssl.SSLContext | None = None
    _thread: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self._thread = ThreadPoolExecutor(
            max_workers=2, thread_name_prefix=self.name, initializer=as_urgent
        )

    async def ask(self, key: str) -> Answer:
        ends = asyncio.get_running_loop().time() + self.deadline
        try:
            session = self._session or await self._connect(ends)
        except (pymysql.Error, OSError, TimeoutError) as error:
            return Answer(Outcome.FAIL, f"no connection: {_words(error)}")
        self._session = session
        answer = await self._write(session, key, ends)
        if answer.outcome is Outcome.UNKNOWN or not session.connection.open:
            await self.close()
        return answer

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()

    async def _connect(self, ends: float) -> _Session:
        loop = asyncio.get_running_loop()
        socket_ = socket.socket()
        socket_.setblocking(False)
        try:
            async with asyncio.timeout_at(ends):
                await loop.sock_connect(socket_, (self.door.address, self.door.port))
        except BaseException:
            socket_.close()
            raise
        socket_.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session = _Session(self._driver(), socket_.dup())
        try:
            await self._within(ends, session, lambda: session.connection.connect(socket_))
        except BaseException:
            session.close()
            socket_.close()
            raise
        return session

    def _driver(self) -> Connection[Any]:
        """Not yet connected. It checks that the server's certificate is for `door.host`."""
        if self._tls is None:
            self._tls = ssl.create_default_context(cafile=str(self.door.ca))
            self._tls.load_cert_chain(self.door.cert, self.door.key)
        connection: Connection[Any] = pymysql.connect(
            host=self.door.host,
            user=self.door.user,
            ssl=self._tls,
            autocommit=True,
            charset="utf8mb4",
            program_name="holdfast probe",
            defer_connect=True,
        )
        return connection

    async def _write(self, session: _Session, key: str, ends: float) -> Answer:
        connection = session.connection
        try:
            warnings = await self._within(ends, session, lambda: _insert(connection, key))
        except TimeoutError:
            return Answer(Outcome.UNKNOWN, "no answer within the deadline")
        except (pymysql.Error, OSError) as error:
            refused = connection.open and _is_refusal(error)
            return Answer(Outcome.FAIL if refused else Outcome.UNKNOWN, _words(error))
        if warnings:
            return Answer(Outcome.UNKNOWN, f"{warnings} warnings")
        return Answer(Outcome.OK)

    async def _within(self, ends: float, session: _Session, call: Callable[[], T]) -> T:
        """What `call` returns or raises; what takes longer ends with the connection, and raises
        TimeoutError."""
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._thread, call)
        try:
            await asyncio.wait({work}, timeout=max(0.0, ends - loop.time()))
            answered = work.done()
        finally:
            if not work.done():
                session.hang_up()
                work.add_done_callback(_forget)
                await asyncio.wait({work}, timeout=_TEARDOWN_S)
        if not answered:
            raise TimeoutError("no answer within the deadline")
        return work.result()


def _forget(work: asyncio.Future[Any]) -> None:
    """Nobody waits for what becomes of it."""
    if not work.cancelled():
        work.exception()


def _insert(connection: Connection[Any], key: str) -> int:
    """How many warnings it gave."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, (key,))
        return int(cursor.warning_count)


def _is_refusal(error: Exception) -> bool:
    """The server says that it has not done it."""
    number = error.args[0] if error.args else 0
    if not isinstance(number, int) or number <= 0 or number in _PROVES_NOTHING:
        return False
    return not _FIRST_OF_CLIENT <= number <= _LAST_OF_CLIENT


def _words(error: BaseException) -> str:
    said = str(error.args[-1]) if error.args else ""
    return (said.splitlines() or [type(error).__name__])[0]

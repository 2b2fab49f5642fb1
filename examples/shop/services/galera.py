"""Asking a MariaDB Galera cluster whose writer, or any reader, may be lost at any moment.

Every piece of work has a budget of seconds in which it is done, or ends with what is known:

* `Unavailable`: certainly nothing was done. Work that fails before its COMMIT is sent has been
  rolled back with its connection, or will be; so has a commit that lost against another writer's.
* `Unknown`: the COMMIT was sent and no answer came back.

Work is done again only if it certainly did nothing, or if repeating it does no harm.

pymysql in a few threads, not aiomysql: that one cannot begin TLS on uvloop. A thread that waits
for a dead host is woken by hanging up under it, at the deadline.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import pymysql
from pymysql.cursors import DictCursor

import certificates
from refusal import Unavailable, Unknown

BUDGET_S = 2.0
"""For the whole of a request's work, waiting for a connection and repeating included."""
WORK_S = 1.2
"""For one try, from its first statement to its commit's answer."""
CONNECT_S = 0.6
"""For one attempt to connect, as in accounts/database.py."""
PAUSE_S = 0.05
"""Between two tries: how soon a new writer is noticed."""
SIZE = 4
"""Connections per process at most, and threads."""
CONNECTING = 2
"""Attempts to connect under way at once, as in accounts/database.py."""
KEEPALIVE_S = 10
"""After so much silence an idle connection's other end is asked whether it lives."""

T = TypeVar("T")
Row = dict[str, Any]
log = logging.getLogger("galera")


@dataclass(frozen=True)
class Endpoint:
    """A port on this host that leads to the writer, or to any member that is in sync."""

    host: str
    port: int
    database: str
    user: str
    tls: ssl.SSLContext | None = None

    @classmethod
    def of(
        cls, datastore: str, port: str = "PORT", environ: Mapping[str, str] = os.environ
    ) -> Endpoint:
        """`port` is PORT for the writer's, READ_PORT for the readers'."""
        of = f"HOLDFAST_{datastore}_"
        return cls(
            environ[f"{of}HOST"],
            int(environ[f"{of}{port}"]),
            environ[f"{of}DATABASE"],
            environ[f"{of}USER"],
            certificates.for_clients(environ),
        )


class Transaction:
    """What work may do on its connection. Called in a thread."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.committing = False

    def ask(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())

    def tell(self, sql: str, values: Sequence[Any] = ()) -> int:
        """How many rows were changed."""
        with self._connection.cursor() as cursor:
            return int(cursor.execute(sql, values))

    def insert(self, sql: str, values: Sequence[Any]) -> int:
        """The new row's number."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql, values)
            return int(cursor.lastrowid)

    def commit(self) -> None:
        self.committing = True
        self._connection.commit()


class Line:
    """A connection, and a second handle on its socket: pymysql shows none, and hides the first
    one behind TLS."""

    def __init__(self, to: Endpoint, settle: str) -> None:
        self._to = to
        self._handle: socket.socket | None = None
        self.connection = pymysql.Connection(
            host=to.host,
            user=to.user,
            database=to.database,
            ssl=to.tls,
            charset="utf8mb4",
            cursorclass=DictCursor,
            init_command=settle or None,
            defer_connect=True,
        )

    def connect(self) -> None:
        """Raises Unavailable. Called in a thread."""
        to = self._to
        try:
            own = socket.create_connection((to.host, to.port), timeout=CONNECT_S)
            _keep_alive(own)
            self._handle = own.dup()
            self.connection.connect(own)
            # It was born with the timeout for connecting, and would wait for that long to look.
            self._handle.settimeout(None)
        except (pymysql.Error, OSError) as error:
            raise Unavailable(f"no member answers: {error or 'silent'}") from error

    def usable(self) -> bool:
        """The other end has not hung up, as far as is known."""
        if self._handle is None:
            return False
        try:
            return not self._handle.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError:
            return False

    def hang_up(self) -> None:
        """End whatever wait is under way on it, in whichever thread."""
        if self._handle is not None:
            with suppress(OSError):
                self._handle.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.hang_up()
        if self._handle is not None:
            self._handle.close()
        with suppress(pymysql.Error, OSError):
            self.connection.close()


Work = Callable[[Transaction], T]


class Galera:
    """A few connections to one endpoint, made when needed, dropped at the first doubt.

    `settle` is run once on each new connection.
    """

    def __init__(self, endpoint: Endpoint, settle: str = "", size: int = SIZE) -> None:
        self._endpoint = endpoint
        self._settle = settle
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="galera")
        self._room = asyncio.Semaphore(size)
        self._doors = asyncio.Semaphore(CONNECTING)
        self._idle: list[Line] = []
        self._troubled = False

    async def do(self, work: Work[T], *, repeatable: bool) -> T:
        """`work` in one transaction, committed. Raises Unavailable, Unknown, what `work` raises,
        or pymysql's IntegrityError when a constraint refuses the data."""
        until = time.monotonic() + BUDGET_S
        doubt: Exception | None = None
        while True:
            try:
                return await self._try(work, until)
            except Unavailable as error:
                failed: Exception = error
            except Unknown as error:
                failed = doubt = error
                if not repeatable:
                    raise
            if time.monotonic() + PAUSE_S >= until:
                raise doubt or failed
            if not self._troubled:
                log.warning("trying again: %s", failed)
            self._troubled = True
            await asyncio.sleep(PAUSE_S)

    async def close(self) -> None:
        while self._idle:
            self._idle.pop().close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _try(self, work: Work[T], until: float) -> T:
        try:
            async with asyncio.timeout(until - time.monotonic()):
                await self._room.acquire()
        except TimeoutError as error:
            raise Unavailable("all connections are busy") from error
        line = self._kept() or Line(self._endpoint, self._settle)
        try:
            if not line.usable():
                async with self._doors:
                    await self._connect(line, until)
            done = await self._within(min(until, _in(WORK_S)), line, partial(_worked, line, work))
        except BaseException:
            # This wakes the thread too, if it is still waiting.
            line.close()
            raise
        finally:
            self._room.release()
        self._idle.append(line)
        self._troubled = False
        return done

    async def _connect(self, line: Line, until: float) -> None:
        """Who found nobody holds the door for a moment: others would find nobody, either."""
        try:
            await self._within(min(until, _in(CONNECT_S)), line, line.connect)
        except Unavailable:
            await asyncio.sleep(PAUSE_S)
            raise

    def _kept(self) -> Line | None:
        while self._idle:
            line = self._idle.pop()
            if line.usable():
                return line
            line.close()
        return None

    async def _within(self, until: float, line: Line, call: Callable[[], T]) -> T:
        """`call`, in a thread, which is woken by hanging up at `until`."""
        loop = asyncio.get_running_loop()
        timer = loop.call_later(until - time.monotonic(), line.hang_up)
        try:
            return await loop.run_in_executor(self._threads, call)
        finally:
            timer.cancel()


def _worked(line: Line, work: Work[T]) -> T:
    transaction = Transaction(line.connection)
    try:
        done = work(transaction)
        transaction.commit()
    except pymysql.IntegrityError:
        raise
    except (pymysql.Error, OSError) as error:
        raise _judged(error, committing=transaction.committing) from error
    return done


def _judged(error: Exception, *, committing: bool) -> Exception:
    """A server that answers an error to COMMIT has not committed: Galera decides before it does.
    Silence leaves it open. Codes from 2000 on are the client's own, for what it has not heard."""
    code = error.args[0] if isinstance(error, pymysql.Error) and error.args else 0
    silent = not isinstance(code, int) or code == 0 or 2000 <= code < 3000
    if committing and silent:
        return Unknown(f"no answer to the commit: {error}")
    return Unavailable(str(error) or "silent")


def _keep_alive(own: socket.socket) -> None:
    own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    own.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_S)
    own.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    own.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)


def _in(seconds: float) -> float:
    return time.monotonic() + seconds

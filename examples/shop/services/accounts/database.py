"""Asking a database whose primary may be lost at any moment.

Every request has a budget of seconds in which it is done, or answered with what is known:

* `Unavailable`: certainly nothing was done. Waiting for a primary, and being refused by one that
  is going down, end here; within the budget both are tried again.
* `Unknown`: the statement was sent and no honest answer came back: no answer at all, or a commit
  with a warning. PostgreSQL says "canceling wait for synchronous replication" in a mere warning,
  and reports success: the row is on one machine only. It must never be acknowledged.

A statement is sent a second time only if the first certainly did nothing, or if the caller says
that repeating does no harm.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import psycopg
from psycopg.errors import Diagnostic
from psycopg.rows import dict_row

from refusal import Unavailable, Unknown

BUDGET_S = 2.0
"""For a whole request, waiting for a connection and a second attempt included."""
STATEMENT_S = 1.5
"""For one statement's answer."""
CONNECT_S = 0.6
"""For one attempt to connect. One that began just before its primary's host was lost may never be
answered, not even with an error, while the next one finds the new primary."""
PAUSE_S = 0.05
"""Between two attempts to connect: how soon a new primary is noticed."""
SIZE = 4
"""Connections per process at most."""
CONNECTING = 2
"""Attempts to connect under way at once: a crowd before a closed door must not keep all hosts busy
with knocking, and one attempt that hangs must not keep everybody waiting."""

log = logging.getLogger("accounts.database")
Row = dict[str, Any]
Connection = psycopg.AsyncConnection[Row]


class Database:
    """A few connections, made when needed, checked before use, dropped at the first doubt.

    Not psycopg_pool: after a lost connection that one waits 1, 2, 4 ... s between attempts, longer
    than a failover takes.
    """

    def __init__(self, dsn: str, size: int = SIZE) -> None:
        self._dsn = dsn
        self._room = asyncio.Semaphore(size)
        self._doors = asyncio.Semaphore(CONNECTING)
        self._idle: list[Connection] = []

    async def ask(self, sql: str, values: Mapping[str, Any], *, repeatable: bool) -> list[Row]:
        """Run one statement in a transaction of its own and return its rows.

        Raises Unavailable, Unknown, or psycopg.IntegrityError when a constraint refuses the data.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + BUDGET_S
        try:
            return await self._attempt(sql, values, until)
        except (Unavailable, Unknown) as error:
            if clock() >= until or (isinstance(error, Unknown) and not repeatable):
                raise
            first = error
        log.warning("asking again: %s", first)
        try:
            return await self._attempt(sql, values, until)
        except Unavailable:
            raise first from None

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    async def _attempt(self, sql: str, values: Mapping[str, Any], until: float) -> list[Row]:
        async with self._borrowed(until) as connection:
            warnings: list[str] = []

            def listen(notice: Diagnostic) -> None:
                if notice.severity_nonlocalized == "WARNING":
                    warnings.append(notice.message_primary or "")

            connection.add_notice_handler(listen)
            try:
                async with _cut_off(connection, until):
                    rows = await (await connection.execute(sql, values)).fetchall()
            except (psycopg.OperationalError, psycopg.InternalError) as error:
                raise (Unavailable if error.sqlstate else Unknown)(str(error).strip()) from error
            finally:
                connection.remove_notice_handler(listen)
            if warnings:
                raise Unknown("; ".join(warnings))
            return rows

    @asynccontextmanager
    async def _borrowed(self, until: float) -> AsyncIterator[Connection]:
        """A connection that has just answered. Raises Unavailable when there is none in time."""
        try:
            async with asyncio.timeout_at(until):
                await self._room.acquire()
        except TimeoutError as error:
            raise Unavailable("all connections are busy") from error
        try:
            connection = await self._checked(until) or await self._connected(until)
            try:
                yield connection
            except psycopg.IntegrityError:
                self._idle.append(connection)
                raise
            except BaseException:
                await connection.close()
                raise
            self._idle.append(connection)
        finally:
            self._room.release()

    async def _checked(self, until: float) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            with suppress(psycopg.Error):
                async with _cut_off(connection, until):
                    await connection.execute("")
                return connection
            await connection.close()
        return None

    async def _connected(self, until: float) -> Connection:
        reason = "no time left"
        try:
            async with asyncio.timeout_at(until):
                while True:
                    async with self._doors:
                        try:
                            async with asyncio.timeout(CONNECT_S):
                                return await psycopg.AsyncConnection.connect(
                                    self._dsn, autocommit=True, row_factory=dict_row
                                )
                        except (psycopg.OperationalError, TimeoutError) as error:
                            reason = str(error).strip() or f"silent for {CONNECT_S:g} s"
                            await asyncio.sleep(PAUSE_S)
        except TimeoutError as error:
            raise Unavailable(f"no primary answers: {reason}") from error


@asynccontextmanager
async def _cut_off(connection: Connection, until: float) -> AsyncIterator[None]:
    """End the wait on `connection` after STATEMENT_S, or at `until`, whatever the peer does.

    Cancelling the task would not: psycopg then asks the server to cancel, and waits for it. That
    takes seconds if the peer is dead, and if it lives it turns a commit that waits for its replica
    into one that did not wait.
    """
    loop = asyncio.get_running_loop()
    timer = loop.call_at(min(until, loop.time() + STATEMENT_S), _hang_up, connection)
    try:
        yield
    finally:
        timer.cancel()


def _hang_up(connection: Connection) -> None:
    """Shut the socket down under libpq, which then sees the end of the stream."""
    with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as own:
        own.shutdown(socket.SHUT_RDWR)

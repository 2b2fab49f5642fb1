"""A client of a datastore that keeps one connection and commits one row per question.

What counts as acknowledged is strict. An error before the row was sent: not done. An error that
the server itself reports on a connection that lives: not done. Everything else after sending -
silence, a lost connection, or success with a warning (PostgreSQL gives one when a commit is only
local) - proves nothing.
"""

from __future__ import annotations

import asyncio
import os
import socket
from dataclasses import dataclass, field

import psycopg
from psycopg.errors import Diagnostic

from holdfast.drill.timeline import Outcome
from holdfast.probes.base import Answer
from holdfast.probes.door import Door

_CREATE = "CREATE TABLE IF NOT EXISTS holdfast_probe.writes (key text PRIMARY KEY)"
_INSERT = "INSERT INTO holdfast_probe.writes (key) VALUES (%s)"
_TEARDOWN_S = 0.2


@dataclass
class PostgresqlProbe:
    name: str
    door: Door
    ledger: str
    period: float = 0.025
    deadline: float = 1.0
    lanes: int = 1
    _connection: psycopg.AsyncConnection | None = None
    _prepared: bool = False
    _warnings: list[str] = field(default_factory=list)

    async def ask(self, key: str) -> Answer:
        ends = asyncio.get_running_loop().time() + self.deadline
        try:
            async with asyncio.timeout_at(ends):
                connection = await self._connected()
        except (psycopg.Error, OSError, TimeoutError) as error:
            return Answer(Outcome.FAIL, f"no connection: {_first_line(error)}")
        answer = await self._write(connection, key, ends)
        if connection.broken or answer.outcome is Outcome.UNKNOWN:
            await self.close()
        return answer

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _connected(self) -> psycopg.AsyncConnection:
        if self._connection is None:
            connection = await psycopg.AsyncConnection.connect(
                _conninfo(self.door), autocommit=True
            )
            connection.add_notice_handler(self._noticed)
            self._connection = connection
        if not self._prepared:
            await self._connection.execute(_CREATE)
            self._prepared = True
        return self._connection

    def _noticed(self, said: Diagnostic) -> None:
        if said.severity_nonlocalized == "WARNING":
            self._warnings.append(said.message_primary or "a warning")

    async def _write(self, connection: psycopg.AsyncConnection, key: str, ends: float) -> Answer:
        self._warnings.clear()
        task = asyncio.create_task(_insert(connection, key))
        try:
            left = ends - asyncio.get_running_loop().time()
            answered, _ = await asyncio.wait({task}, timeout=max(0.0, left))
            if not answered:
                return Answer(Outcome.UNKNOWN, "no answer within the deadline")
        finally:
            if not task.done():
                await _hang_up(connection, task)
        answer = task.result()
        if answer.outcome is Outcome.OK and self._warnings:
            return Answer(Outcome.UNKNOWN, "; ".join(self._warnings))
        return answer


def _conninfo(door: Door) -> str:
    """For libpq; a peer that died in silence is noticed within about 3 s at the latest."""
    return psycopg.conninfo.make_conninfo(
        host=door.host,
        hostaddr=door.address,
        port=door.port,
        dbname=door.database,
        user=door.user,
        sslmode="verify-full",
        sslrootcert=str(door.ca),
        sslcert=str(door.cert),
        sslkey=str(door.key),
        gssencmode="disable",
        application_name="holdfast probe",
        keepalives_idle=1,
        keepalives_interval=1,
        keepalives_count=2,
        tcp_user_timeout=2000,
    )


async def _insert(connection: psycopg.AsyncConnection, key: str) -> Answer:
    try:
        await connection.execute(_INSERT, (key,))
    except psycopg.Error as error:
        refused = error.sqlstate is not None and not connection.broken
        return Answer(Outcome.FAIL if refused else Outcome.UNKNOWN, _first_line(error))
    return Answer(Outcome.OK)


async def _hang_up(connection: psycopg.AsyncConnection, task: asyncio.Task[Answer]) -> None:
    """End a question that got no answer, by ending its connection.

    Not by cancelling it: that would ask the server to cancel the commit, and wait for a peer that
    may be dead.
    """
    with socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
    await asyncio.wait({task}, timeout=_TEARDOWN_S)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]

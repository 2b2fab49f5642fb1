"""A service's tables: numbered .sql files, each applied once, in a transaction, on the primary."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import psycopg2
import psycopg2.extensions
from psycopg2 import sql

from .commands import FailedError
from .config import Datastore
from .scripts import Script, pending, scripts
from .server import Server

_GRANTS = (
    "grant usage on schema public to {role}",
    "grant select, insert, update, delete on all tables in schema public to {role}",
    "grant usage, select on all sequences in schema public to {role}",
)


def apply(datastore: Datastore, folder: Path) -> list[str]:
    """The names of what was applied now. Every commit is acknowledged by a follower, or it is a
    failure. Raises FailedError, OSError."""
    try:
        connection = Server(datastore).connect(datastore.name, limit_ms=0)
        try:
            return _apply(connection, datastore, folder)
        finally:
            connection.close()
    except psycopg2.Error as error:
        raise FailedError(" ".join(str(error).split())) from error


def _apply(
    connection: psycopg2.extensions.connection, datastore: Datastore, folder: Path
) -> list[str]:
    connection.autocommit = False
    with connection, connection.cursor() as cursor:
        cursor.execute("select name, sha256 from holdfast.schema")
        waiting = pending(scripts(folder), dict(cursor.fetchall()))
    for script in waiting:
        with connection, connection.cursor() as cursor:
            cursor.execute(script.text)
            record = "insert into holdfast.schema (name, sha256) values (%s, %s)"
            cursor.execute(record, (script.name, script.sha256))
            for grant in _grants(datastore.roles):
                cursor.execute(grant)
        _refuse_warnings(connection, script)
    return [script.name for script in waiting]


def _grants(roles: Iterable[str]) -> list[sql.Composed]:
    return [sql.SQL(grant).format(role=sql.Identifier(role)) for role in roles for grant in _GRANTS]


def _refuse_warnings(connection: psycopg2.extensions.connection, script: Script) -> None:
    """A commit that gave up waiting for a follower says so by a warning only."""
    given_up = [each for each in connection.notices if "synchronous replication" in each]
    if given_up:
        raise FailedError(f"{script.name}: {' '.join(given_up[-1].split())}")

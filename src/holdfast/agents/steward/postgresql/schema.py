"""A service's tables: numbered .sql files, each applied once, in a transaction, on the primary.

The files also say which service's role may do what; nothing is granted beside them.
"""

from __future__ import annotations

from pathlib import Path

import psycopg2
import psycopg2.extensions

from ..commands import FailedError
from ..scripts import Script, pending, scripts
from .server import Server
from .settings import Datastore


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
        _refuse_warnings(connection, script)
    return [script.name for script in waiting]


def _refuse_warnings(connection: psycopg2.extensions.connection, script: Script) -> None:
    """A commit that gave up waiting for a follower says so by a warning only."""
    given_up = [each for each in connection.notices if "synchronous replication" in each]
    if given_up:
        raise FailedError(f"{script.name}: {' '.join(given_up[-1].split())}")

"""A service's tables: numbered .sql files, each applied once, on the writer.

Galera takes every statement that changes a table to all members at once, so a file is not one
transaction: what fails half-way has to be mended by a person. The files also say which service's
account may do what.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pymysql
from pymysql.connections import Connection
from pymysql.constants import CLIENT

from ..commands import FailedError
from ..scripts import Script, pending, scripts
from .server import words
from .settings import Datastore

_LIMIT_S = 300.0


def apply(datastore: Datastore, folder: Path) -> list[str]:
    """The names of what was applied now. Raises FailedError, OSError."""
    try:
        with closing(_connect(datastore)) as connection:
            with connection.cursor() as cursor:
                cursor.execute("select name, sha256 from holdfast.scripts")
                waiting = pending(scripts(folder), dict(cursor.fetchall()))
            for script in waiting:
                _run(connection, script)
        return [script.name for script in waiting]
    except pymysql.Error as error:
        raise FailedError(words(error)) from error


def _connect(datastore: Datastore) -> Connection[Any]:
    connection: Connection[Any] = pymysql.connect(
        unix_socket=datastore.socket,
        user="root",
        database=datastore.name,
        read_timeout=_LIMIT_S,
        autocommit=True,
        charset="utf8mb4",
        client_flag=CLIENT.MULTI_STATEMENTS,
    )
    return connection


def _run(connection: Connection[Any], script: Script) -> None:
    """Raises FailedError."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(script.text)
            while cursor.nextset():
                pass
            record = "insert into holdfast.scripts (name, sha256) values (%s, %s)"
            cursor.execute(record, (script.name, script.sha256))
    except pymysql.Error as error:
        raise FailedError(f"{script.name}: {words(error)}") from error

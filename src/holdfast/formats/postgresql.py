"""PostgreSQL's files: `key = 'value'` settings, and records of columns (pg_hba, pg_ident)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from holdfast.formats.values import plain, word

Value = str | int | bool
_BARE = re.compile(r"[A-Za-z0-9_./@+=-]+")


def settings(pairs: Iterable[tuple[str, Value]]) -> str:
    """postgresql.conf: strings in single quotes, on/off for booleans, numbers with a bare unit."""
    return "".join(f"{word(key, '=#')}{_value(key, value)}\n" for key, value in pairs)


def records(rows: Iterable[tuple[str, ...]]) -> str:
    """pg_hba.conf or pg_ident.conf: one record a line, columns apart by tabs."""
    return "".join("\t".join(_column(column) for column in row) + "\n" for row in rows)


def conninfo(pairs: Iterable[tuple[str, str | int]]) -> str:
    """A libpq connection string: `key=value` with quotes where needed."""
    return " ".join(f"{word(key, '=')}={_conninfo_value(str(value))}" for key, value in pairs)


def _value(key: str, value: Value) -> str:
    if isinstance(value, bool):
        return f" = {'on' if value else 'off'}"
    if isinstance(value, int):
        return f" = {value}"
    quoted = plain(value).replace("'", "''")
    return f" '{quoted}'" if key.startswith("include") else f" = '{quoted}'"


def _column(value: str) -> str:
    return plain(value) if _BARE.fullmatch(value) else '"' + plain(value, '"') + '"'


def _conninfo_value(value: str) -> str:
    if re.fullmatch(r"[^\s'\\]+", plain(value)):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"

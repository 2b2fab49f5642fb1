"""TOML tables, as containerd's configuration wants them (toml.io, version 1.0)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from holdfast.formats.values import plain

Value = str | int | bool | tuple[str, ...]
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Table:
    """A table under its path of keys; an empty path is the top of the file."""

    path: tuple[str, ...]
    values: Mapping[str, Value]


def render(tables: Iterable[Table]) -> str:
    return "\n".join(_table(table) for table in tables)


def _table(table: Table) -> str:
    head = [f"[{'.'.join(_key(key) for key in table.path)}]"] if table.path else []
    lines = (f"{_key(key)} = {_value(value)}" for key, value in table.values.items())
    return "".join(f"{line}\n" for line in (*head, *lines))


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _string(key)


def _value(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return _string(value)
        case tuple():
            return f"[{', '.join(_string(each) for each in value)}]"


def _string(value: str) -> str:
    """A basic string; its escapes are those of JSON."""
    return json.dumps(plain(value), ensure_ascii=False)

"""redis.conf and ACL files: one directive, or one user, per line; words apart by spaces."""

from __future__ import annotations

import re
from collections.abc import Iterable

from holdfast.formats.values import plain, word

Value = str | int | bool | tuple[str, ...]
"""One argument, or several."""

_BARE = re.compile(r"[^\s\"'\\#]+")


def directives(lines: Iterable[tuple[str, Value]]) -> str:
    return "".join(f"{word(name)} {_value(value)}\n" for name, value in lines)


def users(lines: Iterable[tuple[str, Iterable[str]]]) -> str:
    """Name, and rules in their order."""
    return "".join(
        " ".join(("user", word(name), *map(word, rules))) + "\n" for name, rules in lines
    )


def _value(value: Value) -> str:
    if isinstance(value, tuple):
        return " ".join(map(_value, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = plain(str(value))
    if _BARE.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

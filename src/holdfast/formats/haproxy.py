"""haproxy.cfg: sections with lines of words (configuration manual, section 2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from holdfast.formats.values import plain, word

_BARE = re.compile(r"[^\s\"'\\#$]+")
_QUOTED = re.compile(r'(["\\$])')


@dataclass(frozen=True)
class Section:
    """`kind name` and its lines; an empty name for global and defaults."""

    kind: str
    name: str
    lines: tuple[tuple[str, ...], ...]


def line(text: str, *more: str) -> tuple[str, ...]:
    """A line from `text`, split at spaces, and further words taken as they are."""
    return (*text.split(), *more)


def render(sections: Iterable[Section]) -> str:
    return "\n".join(_section(section) for section in sections)


def _section(section: Section) -> str:
    head = f"{section.kind} {word(section.name)}" if section.name else section.kind
    lines = ("    " + " ".join(_word(w) for w in line) for line in section.lines)
    return "\n".join((head, *lines)) + "\n"


def _word(value: str) -> str:
    plain(value)
    if _BARE.fullmatch(value):
        return value
    return '"' + _QUOTED.sub(r"\\\1", value) + '"'

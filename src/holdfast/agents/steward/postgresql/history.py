"""Timelines and terms: how PostgreSQL writes them down, and what they mean to us. Pure.

A history file `0000000N.history` has one line per ancestor of timeline N: its number, the LSN at
which it was left, a reason (PostgreSQL's xlog manual, and src/backend/access/transam/timeline.c).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .protocol import Position, Term, TermMap

Fork = tuple[int, int]
"""A timeline, and the LSN at which it was left."""

_NAME = re.compile(r"([0-9A-F]{8})\.history")


def parse_lsn(text: str) -> int:
    """`0/16B3748` to bytes. Raises ValueError."""
    high, low = text.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def format_lsn(lsn: int) -> str:
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"


def file_name(timeline: int) -> str:
    return f"{timeline:08X}.history"


def file_timeline(name: str) -> int | None:
    """The timeline whose history a file holds, if it is a history file."""
    match = _NAME.fullmatch(name)
    return None if match is None else int(match[1], 16)


def parse(text: str) -> tuple[Fork, ...]:
    """Raises ValueError on text that is no history."""
    lines = (line.split() for line in text.splitlines() if line.strip() and line[0] != "#")
    try:
        return tuple((int(words[0]), parse_lsn(words[1])) for words in lines)
    except IndexError as error:
        raise ValueError(text[:80]) from error


def expected(terms: TermMap, timeline: int) -> tuple[Fork, ...] | None:
    """What the history of `timeline` says if the log is as `terms` tells; None if no term has
    that timeline."""
    forks: list[Fork] = []
    for term in terms:
        forks.append((parent_of(terms, term), term.start))
        if term.timeline == timeline:
            return tuple(forks)
    return None


def parent_of(terms: TermMap, term: Term) -> int:
    """The timeline `term` was forked off; for the first term that is the seed's."""
    before = [each.timeline for each in terms if each.number < term.number]
    return before[-1] if before else term.timeline - 1


def foreign(histories: Iterable[tuple[str, str]], terms: TermMap) -> list[str]:
    """Names of the history files, out of (name, text), that do not belong to `terms`."""
    return [name for name, text in histories if not _belongs(name, text, terms)]


def _belongs(name: str, text: str, terms: TermMap) -> bool:
    timeline = file_timeline(name)
    if timeline is None:
        return True
    try:
        return parse(text) == expected(terms, timeline)
    except ValueError:
        return False


def position(terms: TermMap, lsn: int) -> Position:
    """Where a drained log ends: the newest term that began before that LSN."""
    numbers = [term.number for term in terms if term.start < lsn]
    return Position(numbers[-1] if numbers else 0, lsn)


def slot(term: int, host: str) -> str:
    """The physical slot through which `host` streams in `term`: the term's token. PostgreSQL
    allows lower case letters, digits and underscores."""
    return f"term_{term}_{re.sub('[^a-z0-9]', '_', host.lower())}"

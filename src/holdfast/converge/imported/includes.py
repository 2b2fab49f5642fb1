"""Files that a file includes: read as parts of it, each value with the place where it stands.

PostgreSQL's include, include_if_exists and include_dir (documentation, 19.1.4), Redis' include
(redis.conf), !include and !includedir of MySQL's option files. A setting counts where it is
included: a later line of the including file comes after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from os.path import commonpath
from pathlib import Path

from holdfast.converge.imported.reading import Reading, Source


@dataclass(frozen=True)
class Include:
    """`pattern` says which files of a folder count; empty for a single file."""

    line: int
    path: str
    pattern: str = ""


_LINES: Mapping[str, re.Pattern[str]] = {
    "postgresql": re.compile(r"\s*(include(?:_if_exists|_dir)?)\s*[=\s]\s*'([^']+)'", re.I),
    "redis": re.compile(r"\s*(include)\s+\"?([^\s\"]+)", re.I),
    "galera": re.compile(r"\s*!(include(?:dir)?)\s+(\S.*?)\s*$"),
}
_FOLDERS = {"include_dir": "*.conf", "includedir": "*.cnf"}


def includes(reading: Reading, source: Source) -> Iterator[Include]:
    line = _LINES.get(reading.kind)
    for number, text in enumerate(source.text.splitlines(), 1):
        if line is not None and (match := line.match(text)):
            yield Include(number, match[2], _FOLDERS.get(match[1].lower(), ""))


def named(include: Include, source: Source) -> list[Path]:
    """The files that are meant, in order, of those that are there. A path from the root means the
    host that the file is from: it is followed where the file still lies at its own place, and else
    looked for beside the file."""
    folder = Path(source.file).parent
    path = Path(include.path)
    if path.is_absolute() and commonpath((path, folder.absolute())) == "/":
        path = Path(path.name)
    path = folder / path
    found = sorted(path.glob(include.pattern)) if include.pattern else [path]
    return [each for each in found if each.is_file() and not each.name.startswith(".")]


def merged(whole: Reading, part: Reading, line: int) -> Reading:
    """`part` is included by `whole` at this line."""
    facts = {fact.name: fact for fact in whole.facts}
    for fact in part.facts:
        own = facts.get(fact.name)
        if own is None or own.where.file != whole.file or own.where.line < line:
            facts[fact.name] = fact
    return replace(
        whole,
        facts=tuple(facts.values()),
        listeners=(*whole.listeners, *part.listeners),
        targets=(*whole.targets, *part.targets),
        members=(*whole.members, *part.members),
        parts=(*whole.parts, part.file, *part.parts),
    )

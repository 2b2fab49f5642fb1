"""From paths to texts: the only place here that opens a file."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from holdfast.converge.imported.includes import includes, merged, named
from holdfast.converge.imported.reading import Reading, Source, broken
from holdfast.converge.imported.recognise import read, read_as
from holdfast.converge.imported.values import Imported, assemble
from holdfast.finding import Where

_MOST_DEPTH = 10
"""Of files that include files: PostgreSQL's own limit (guc-file.l, CONF_FILE_MAX_DEPTH)."""

_MAX_BYTES = 4 << 20
"""A CIB of a large cluster has some hundred KiB."""


def load(paths: Iterable[Path], releases: Mapping[str, str]) -> Imported:
    """With what they include; a file that is named, too, is read once. Raises InputError for the
    first file that cannot be read, with its line."""
    readings = [_whole(source_of(path)) for path in paths]
    parts = {Path(part).resolve() for reading in readings for part in reading.parts}
    own = [reading for reading in readings if Path(reading.file).resolve() not in parts]
    return assemble(own, releases)


def _whole(source: Source, kind: str = "", depth: int = 0) -> Reading:
    reading = read_as(kind, source) if kind else read(source)
    for include in includes(reading, source):
        for path in named(include, source):
            if depth >= _MOST_DEPTH:
                where = source.at(include.line)
                raise broken(where, "includes go too deep", "does it include itself?")
            part = _whole(source_of(path), reading.kind, depth + 1)
            reading = merged(reading, part, include.line)
    return reading


def source_of(path: Path) -> Source:
    try:
        # Asked before opening: opening a named pipe would wait for its writer.
        if not stat.S_ISREG(path.stat().st_mode):
            raise broken(Where(str(path)), "not a regular file", "name the files themselves")
        content = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise broken(Where(str(path)), f"cannot be read: {reason}", "is the name right?") from error
    if len(content) > _MAX_BYTES:
        large = f"larger than {_MAX_BYTES >> 20} MiB"
        raise broken(Where(str(path)), large, "is this the right file?")
    try:
        return Source(str(path), content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problem = "this line has bytes that are not UTF-8"
        raise broken(Where(str(path), line), problem, "is this a text file?") from error

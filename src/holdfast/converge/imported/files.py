"""From paths to texts: the only place here that opens a file."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from holdfast.converge.imported.reading import Source, broken
from holdfast.converge.imported.recognise import read
from holdfast.converge.imported.values import Imported, assemble
from holdfast.finding import Where

_MAX_BYTES = 4 << 20
"""A CIB of a large cluster has some hundred KiB."""


def load(paths: Iterable[Path], releases: Mapping[str, str]) -> Imported:
    """Raises InputError for the first file that cannot be read, with its line."""
    return assemble([read(source_of(path)) for path in paths], releases)


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

"""What must survive a crash, in one file per datastore: written whole, fsynced, then renamed.

A missing file is a fresh member. A file that cannot be understood is a member that no longer
knows what it promised: it must not vote, so reading it raises.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

from .protocol import Durable
from .wire import built


class CorruptPromiseError(Exception):
    """The file is there, but does not say what was promised."""


def encode(durable: Durable) -> str:
    return json.dumps(asdict(durable), indent=1) + "\n"


def decode(text: str) -> Durable:
    """Raises CorruptPromiseError."""
    try:
        durable: Durable = built(Durable, json.loads(text))
    except ValueError as error:
        raise CorruptPromiseError(str(error)) from error
    return durable


def load(path: Path) -> Durable:
    """Raises CorruptPromiseError, or OSError if the disk does not answer."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return Durable()
    except UnicodeDecodeError as error:
        raise CorruptPromiseError(str(error)) from error
    return decode(text)


def save(path: Path, durable: Durable) -> None:
    """Returns when the promise is on disk. Raises OSError if it is not known to be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, encode(durable))


def replace(path: Path, text: str) -> None:
    """Write `text` beside `path`, fsync, rename over it, fsync the folder."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def without_data(durable: Durable) -> Durable:
    """A member that has no data, for example on a new disk, has no log to vote with."""
    return Durable(promised=durable.promised, incomplete=True)

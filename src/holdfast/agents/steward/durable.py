"""What must survive a crash, in one file per datastore: written whole, fsynced, then renamed.

A missing file is a fresh member. A file that cannot be understood is a member that no longer
knows what it promised: it must not take part, so reading it raises.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from .wire import built

T = TypeVar("T")


class CorruptError(Exception):
    """The file is there, but does not say what was promised."""


def encode(value: Any) -> str:
    return json.dumps(asdict(value), indent=1) + "\n"


def decode(kind: type[T], text: str) -> T:
    """A dataclass of that kind. Raises CorruptError."""
    try:
        value: T = built(kind, json.loads(text))
    except ValueError as error:
        raise CorruptError(str(error)) from error
    return value


def load(path: Path, fresh: T) -> T:
    """What was saved, of the same kind as `fresh`, which it is if there is no file. Raises
    CorruptError, or OSError if the disk does not answer."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return fresh
    except UnicodeDecodeError as error:
        raise CorruptError(str(error)) from error
    return decode(type(fresh), text)


def save(path: Path, value: Any) -> None:
    """Returns when the value is on disk. Raises OSError if it is not known to be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, encode(value))


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

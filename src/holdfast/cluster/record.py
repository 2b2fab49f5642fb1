"""What is in the folder of binaries, and what it must be: a JSON file beside them."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from holdfast.cluster.places import BINARIES, RECORD, VERSION
from holdfast.errors import EnvironmentFailure

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Entry:
    """`origin`: where it came from, in words."""

    sha512: str
    bytes: int
    origin: str


def folder() -> Path:
    """Where this release's binaries are kept, or will be."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "holdfast" / f"kubernetes-{VERSION}"


def entry(path: Path, origin: str) -> Entry:
    return Entry(digest(path), path.stat().st_size, origin)


def digest(path: Path) -> str:
    """SHA-512 in hexadecimal."""
    whole = hashlib.sha512()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            whole.update(chunk)
    return whole.hexdigest()


def load(at: Path) -> dict[str, Entry]:
    """Empty where there is none. Raises EnvironmentFailure for a record that is none."""
    path = at / RECORD
    if not path.exists():
        return {}
    try:
        data = json.loads(path.read_text())
        return {name: Entry(**values) for name, values in data["binaries"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EnvironmentFailure(
            f"{path} is not a record of binaries: {error}", f"remove {at} and begin again"
        ) from error


def save(at: Path, entries: dict[str, Entry]) -> None:
    tree = {"version": VERSION, "binaries": {name: asdict(e) for name, e in entries.items()}}
    draft = at / f".{RECORD}.new"
    draft.write_text(json.dumps(tree, indent=2) + "\n")
    draft.replace(at / RECORD)


def missing(at: Path) -> tuple[str, ...]:
    """Which binaries are still to be had. Raises EnvironmentFailure for one that has changed
    since it was recorded."""
    known = load(at)
    return tuple(name for name in BINARIES if not _good(at / name, known.get(name)))


def _good(path: Path, known: Entry | None) -> bool:
    if known is None or not path.exists():
        return False
    if path.stat().st_size != known.bytes or digest(path) != known.sha512:
        raise EnvironmentFailure(
            f"{path} is not what was put there: its SHA-512 differs from the recorded one",
            "remove it, and find out who has changed it, before you run this again",
        )
    return True

"""What a deployment remembers on its host, /var/lib/holdfast/deployed.json: which files and units
are ours, and what is still to be done because of a change.

It is written before the first file and forgets only what was done, so that a run that was cut
short is completed by the next one.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

PATH = Path("/var/lib/holdfast/deployed.json")

Record = dict[str, Any]
"""files: paths. units: names. restarts, reloads: units still to be restarted or reloaded.
daemon: systemd has to read its unit files again."""


def load() -> Record:
    empty: Record = {"files": [], "units": [], "restarts": [], "reloads": [], "daemon": False}
    try:
        return {**empty, **json.loads(PATH.read_text(encoding="utf-8"))}
    except FileNotFoundError:
        return empty


def save(record: Record) -> None:
    replace(PATH, json.dumps(record, indent=1) + "\n", 0o600, (0, 0))


def replace(path: Path, content: str, mode: int, owner: tuple[int, int]) -> None:
    """Readers see the old file or the new one, never a part, never with the wrong owner."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".holdfast-")
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as new:
            new.write(content)
            new.flush()
            os.fchown(descriptor, *owner)
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise

"""Numbered .sql files: which there are, and which are still to be applied."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .commands import FailedError


@dataclass(frozen=True)
class Script:
    name: str
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def scripts(folder: Path) -> list[Script]:
    """Those whose name begins with a digit, by name. Raises OSError."""
    files = sorted(folder.glob("[0-9]*.sql"))
    return [Script(each.name, each.read_text()) for each in files]


def pending(all_scripts: Iterable[Script], applied: Mapping[str, str]) -> list[Script]:
    """Those not applied yet. `applied`: name to sha256. Raises FailedError for a script that was
    changed after it had been applied."""
    waiting = []
    for script in all_scripts:
        if script.name not in applied:
            waiting.append(script)
        elif applied[script.name] != script.sha256:
            raise FailedError(f"{script.name} was changed after it had been applied: add a new one")
    return waiting

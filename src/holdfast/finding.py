"""A problem as data: what, how bad, where, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """ERROR stops everything (exit 2); WARNING is a weak spot; NOTE is worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Where:
    """A place in a file; `line` and `column` count from 1, 0 means the whole file."""

    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)


SpecPath = tuple[str | int, ...]
"""Keys and indexes from the top of the spec down to a value."""


@dataclass(frozen=True)
class Finding:
    """One problem. `path` names the spec value it is about, e.g. ("hosts", 1, "address")."""

    code: str
    severity: Severity
    message: str
    hint: str
    path: SpecPath = ()
    where: Where = Where()

    @classmethod
    def error(cls, code: str, message: str, hint: str, path: SpecPath = ()) -> Finding:
        return cls(code, Severity.ERROR, message, hint, path)

    @classmethod
    def warning(cls, code: str, message: str, hint: str, path: SpecPath = ()) -> Finding:
        return cls(code, Severity.WARNING, message, hint, path)

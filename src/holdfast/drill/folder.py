"""Where a run is kept: runs/<drill>/<UTC>/ with its timeline, its plan, the hosts' journals, and
what was made of them. `latest` beside it leads to the newest run of that drill."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from holdfast.drill.timeline import Timeline, read
from holdfast.errors import InputError
from holdfast.load.rows import FILE, Recording
from holdfast.load.rows import read as recorded

_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ(\.\d+)?")


def stamp(moment: float) -> str:
    """A moment in UTC as a name that sorts: 2026-11-22T21-31-07Z."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H-%M-%SZ")


@dataclass(frozen=True)
class RunFolder:
    path: Path

    @classmethod
    def make(cls, runs: Path, drill: str, moment: float) -> RunFolder:
        """A new folder; two drills in one second get two."""
        parent = runs / drill
        parent.mkdir(parents=True, exist_ok=True)
        name = stamp(moment)
        taken = len(list(parent.glob(f"{name}*")))
        path = parent / (f"{name}.{taken}" if taken else name)
        path.mkdir()
        (path / "logs").mkdir()
        latest = parent / "latest"
        latest.unlink(missing_ok=True)
        latest.symlink_to(path.name)
        return cls(path)

    @classmethod
    def find(cls, path: Path) -> RunFolder:
        """A run, or the newest run below a folder of runs. Raises InputError for neither."""
        if (path / "timeline.jsonl").is_file():
            return cls(path)
        runs = [p.parent for p in path.rglob("timeline.jsonl") if _STAMP.fullmatch(p.parent.name)]
        if not runs:
            raise InputError(
                f"no run in {path}", hint="name a folder such as runs/power-off/latest"
            )
        return cls(max(runs, key=lambda run: run.name))

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def timeline(self) -> Path:
        return self.path / "timeline.jsonl"

    @property
    def report(self) -> Path:
        return self.path / "report.html"

    def read(self) -> Timeline:
        """Raises InputError for a file that is no timeline."""
        try:
            return read(self.timeline.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{self.timeline} cannot be read: {error}") from error

    def load(self) -> Recording | None:
        """The load that was sent beside the drill, if any was. Raises InputError for a file that
        is no such recording."""
        path = self.path / FILE
        return recorded(path.read_text(encoding="utf-8")) if path.is_file() else None

    def keep_log(self, host: str, text: str) -> None:
        (self.path / "logs" / f"{host}.jsonl").write_text(text, encoding="utf-8")

    def write(self, name: str, text: str) -> None:
        (self.path / name).write_text(text, encoding="utf-8")

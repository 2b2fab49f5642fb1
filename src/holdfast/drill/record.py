"""Keeping what happens: every line goes to the file first, and is counted second."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from holdfast.drill.timeline import Line, Outcome, Sample


class Recorder:
    """Appends lines to a timeline file, and remembers how each probe is doing.

    Events are flushed to the file at once; samples with the next event, or when the file closes.
    """

    def __init__(self, path: Path) -> None:
        self._file: TextIO = path.open("x", encoding="utf-8")
        self._lines: list[Line] = []
        self._last_bad: dict[str, float] = defaultdict(lambda: float("-inf"))
        self._last_good: dict[str, float] = defaultdict(lambda: float("-inf"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, line: Line) -> None:
        self._file.write(line.model_dump_json() + "\n")
        self._lines.append(line)
        if isinstance(line, Sample):
            latest = self._last_good if line.outcome is Outcome.OK else self._last_bad
            latest[line.probe] = max(latest[line.probe], line.done)
        else:
            self._file.flush()

    def good_since(self, probe: str, moment: float) -> bool:
        """Whether the probe was served after `moment`, and never refused since."""
        return self._last_bad[probe] < moment < self._last_good[probe]

    def acknowledged(self, probe: str) -> tuple[str, ...]:
        """The keys that this writer may hold us to."""
        return tuple(
            line.key
            for line in self._lines
            if isinstance(line, Sample) and line.probe == probe and line.outcome is Outcome.OK
        )

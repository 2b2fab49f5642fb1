"""Whether this host is on standby: it takes no primary's role as far as others can. Remembered over
restarts, until pacemaker's resource `roles` is started here again."""

from __future__ import annotations

import time
from pathlib import Path

_AGAIN_S = 10.0
"""A handover that came to nothing is tried again after so long."""


class Standby:
    def __init__(self, folder: Path) -> None:
        self._mark = folder / "standby"
        self._on = self._mark.exists()
        self._due_at = 0.0

    @property
    def on(self) -> bool:
        return self._on

    def set(self, on: bool) -> None:
        """Raises OSError."""
        if on:
            self._mark.touch()
        else:
            self._mark.unlink(missing_ok=True)
        self._on, self._due_at = on, 0.0

    def due(self) -> bool:
        """Whether what there is of primaries is to be handed over now."""
        if not self._on or time.monotonic() < self._due_at:
            return False
        self._due_at = time.monotonic() + _AGAIN_S
        return True

"""Whether this host is on standby: what it has of primaries' roles is handed over, until it has
none. Remembered over restarts, until pacemaker's resource `roles` is started here again.

A role that comes later, because another host was lost, is kept: were all hosts on standby, as they
are when pacemaker is stopped everywhere, they would pass it round and round.
"""

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
        self._emptied = False

    @property
    def on(self) -> bool:
        return self._on

    def set(self, on: bool) -> None:
        """Raises OSError."""
        if on:
            self._mark.touch()
        else:
            self._mark.unlink(missing_ok=True)
        self._on, self._due_at, self._emptied = on, 0.0, False

    def due(self, primaries: int) -> bool:
        """Whether so many primaries as there are here are to be handed over now."""
        self._emptied = self._emptied or (self._on and not primaries)
        if not self._on or self._emptied or time.monotonic() < self._due_at:
            return False
        self._due_at = time.monotonic() + _AGAIN_S
        return True

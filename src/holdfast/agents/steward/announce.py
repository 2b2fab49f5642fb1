"""The roles of this host as pacemaker's node attributes, for people: `crm_mon -A`, `crm node`.

Nothing depends on them. A thread of its own tells them, since pacemaker may take its time; where
there is no pacemaker, nobody is told.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from .commands import FailedError, run

_TOOL = "attrd_updater"
_LIMIT_S = 5.0
_AGAIN_S = 30.0
"""After so long everything is told again: pacemaker forgets when it is restarted."""


class Announcer:
    def __init__(self) -> None:
        self._wanted: Mapping[str, str] = {}
        self._news = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name="announce", daemon=True).start()

    def tell(self, roles: Mapping[str, str]) -> None:
        """Role by datastore. Returns at once."""
        if roles != self._wanted:
            self._wanted = dict(roles)
            self._news.set()

    def _run(self) -> None:
        told: dict[str, str] = {}
        told_at = 0.0
        while True:
            self._news.wait(_AGAIN_S)
            self._news.clear()
            if time.monotonic() - told_at >= _AGAIN_S:
                told, told_at = {}, time.monotonic()
            for name, role in self._wanted.items():
                if told.get(name) != role and _told(name, role):
                    told[name] = role


def attribute(datastore: str) -> str:
    """The attribute's name; a shard's keeper is named <datastore>/<number>."""
    return f"holdfast-{datastore.replace('/', '-')}"


def _told(datastore: str, role: str) -> bool:
    try:
        run([_TOOL, "--name", attribute(datastore), "--update", role], limit_s=_LIMIT_S)
    except (FailedError, OSError):
        return False
    return True

"""systemd's notification socket, see sd_notify(3): READY, STOPPING, and the watchdog's food."""

from __future__ import annotations

import os
import socket
import time


class Notifier:
    """Does nothing where systemd has not asked for notifications."""

    def __init__(self, watchdog_s: float) -> None:
        self._path = os.environ.pop("NOTIFY_SOCKET", "")
        self._every_s = watchdog_s / 4
        self._fed = 0.0

    def ready(self) -> None:
        self._send("READY=1")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def alive(self) -> None:
        """Call it as often as you like, from the main loop only: it must stop when that stops."""
        now = time.monotonic()
        if now - self._fed >= self._every_s:
            self._fed = now
            self._send("WATCHDOG=1")

    def _send(self, line: str) -> None:
        if not self._path:
            return
        address = "\0" + self._path[1:] if self._path.startswith("@") else self._path
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
            out.connect(address)
            out.send(line.encode())

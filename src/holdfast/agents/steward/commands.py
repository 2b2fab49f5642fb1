"""Running programs for a datastore: as its user, ended early when the work is cancelled."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Sequence

_POLL_S = 0.01


class FailedError(Exception):
    """A piece of work could not be done; the text says why."""


class CancelledError(FailedError):
    """It was not to be done any more."""


class HopelessError(FailedError):
    """Trying again would end the same: the member's data will not do."""


class Cancel:
    """The order to end one piece of work early. Waiting through it costs no promptness."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        self._event.set()

    def check(self) -> None:
        """Raises CancelledError once it has been ordered."""
        if self._event.is_set():
            raise CancelledError("cancelled")

    def pause(self, seconds: float) -> None:
        """Sleep, but not into a cancellation. Raises CancelledError."""
        if self._event.wait(seconds):
            raise CancelledError("cancelled")


NEVER = Cancel()
"""For work that is always done to its end. Nobody sets it."""


def run(
    argv: Sequence[str], *, user: str | None = None, cancel: Cancel = NEVER, limit_s: float = 60.0
) -> str:
    """The program's output. Raises FailedError with the end of what it said, CancelledError.

    The program runs without our real-time priority, in a process group of its own, which is
    killed as a whole when the work is cancelled or `limit_s` is over."""
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            ["chrt", "--other", "0", *argv],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            cwd="/",
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
        try:
            code = _wait(process, cancel, limit_s)
        finally:
            _kill(process)
        said.seek(0)
        text = said.read()
    if code != 0:
        raise FailedError(f"{os.path.basename(argv[0])}: {' '.join(text.split())[-400:]}")  # noqa: PTH119
    return text


def _wait(process: subprocess.Popen[bytes], cancel: Cancel, limit_s: float) -> int:
    waited = 0.0
    while process.poll() is None:
        if waited >= limit_s:
            raise FailedError(f"{process.args!r} took longer than {limit_s:g} s")
        cancel.pause(_POLL_S)
        waited += _POLL_S
    assert process.returncode is not None
    return process.returncode


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

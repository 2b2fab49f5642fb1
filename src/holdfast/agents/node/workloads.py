"""This host's workloads: kubelet, and every container that it has started."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable

KUBELET = "kubelet.service"
_CTR = ("ctr", "--namespace", "k8s.io")
_AGAIN_S = 0.3
_LIMIT_S = 10.0

Say = Callable[[str], None]


class ProgramError(Exception):
    """A program has failed or taken too long."""


def run(*argv: str) -> str:
    """What it prints. Raises ProgramError."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProgramError(f"{argv[0]}: {error}") from error
    if done.returncode != 0:
        raise ProgramError(f"{' '.join(argv)}: {' '.join(done.stderr.split())[-300:]}")
    return done.stdout


def running(listed: str) -> tuple[str, ...]:
    """The tasks of which it is not certain that they have ended, of `ctr tasks ls`: TASK PID STATUS
    under a heading."""
    lines = (line.split() for line in listed.splitlines()[1:])
    return tuple(words[0] for words in lines if len(words) > 2 and words[2] != "STOPPED")


class Workloads:
    """What was ordered last is done until it is done, by a thread of its own. `say` is called by
    that thread, with what does not work."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._wake = threading.Condition()
        self._order: Callable[[], bool] | None = None

    def run(self) -> None:
        """For ever."""
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._order is not None)
                order = self._order
            over = self._tried(order)
            with self._wake:
                if self._order is order and over:
                    self._order = None
                else:
                    self._wake.wait(_AGAIN_S)

    def stop(self) -> None:
        self._give(_stop)

    def start(self) -> None:
        self._give(_start)

    def _give(self, order: Callable[[], bool]) -> None:
        with self._wake:
            self._order = order
            self._wake.notify()

    def _tried(self, order: Callable[[], bool] | None) -> bool:
        try:
            return order is None or order()
        except ProgramError as error:
            self._say(str(error))
            return False


def _stop() -> bool:
    """kubelet first, or it would start them again. True when nothing runs any more."""
    run("systemctl", "stop", KUBELET)
    for task in running(run(*_CTR, "tasks", "ls")):
        try:
            run(*_CTR, "tasks", "kill", "--signal", "SIGKILL", "--all", task)
        except ProgramError:
            continue  # ended by itself, or is looked at again
    return not running(run(*_CTR, "tasks", "ls"))


def _start() -> bool:
    run("systemctl", "--no-block", "start", KUBELET)
    return True

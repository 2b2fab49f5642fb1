"""What the kernel says of a process: whether it wants to run at all, and whose child it is."""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress
from pathlib import Path

FORGIVEN = 10
"""Silent moments in a row that are forgiven to a server which only waits for its machine."""


def dies(process: int, within_s: float) -> bool:
    """Whether the process behind a pidfd ends within that time."""
    readable, _, _ = select.select([process], [], [], within_s)
    return bool(readable)


def is_stopped(pid: int) -> bool:
    """By a signal: it will not do anything before another one."""
    return _state(pid) == "T"


def waits_for_machine(pid: int) -> bool:
    """Ready to run, but it is not its turn; or in the kernel, for the disk or for somebody who
    waits for a CPU himself (a fork, for the lock on a mapped file). The machine is busy, which
    another primary need not cure. A hung process sleeps where a signal would wake it."""
    return _state(pid) in ("R", "D")


def whereabouts(pid: int) -> str:
    """What it is doing, for whoever asks later why it was killed: its state, and where in the
    kernel it sleeps."""
    return f"{_state(pid)} in {_where(pid) or '?'}"


def _where(pid: int) -> str:
    """The kernel's function in which it sleeps; nothing, if it has ended or nobody may know."""
    try:
        return Path(f"/proc/{pid}/wchan").read_text()
    except OSError:
        return ""


def _state(pid: int) -> str:
    """proc_pid_stat(5): the letter after the name in brackets; nothing, if it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][1:2]
    except OSError:
        return ""


def children(pid: int) -> list[int]:
    """A process's children, the youngest last; none, if it has ended."""
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def signal_process(pid: int, how: signal.Signals) -> None:
    """One that has ended already needs none."""
    with suppress(ProcessLookupError):
        os.kill(pid, how)

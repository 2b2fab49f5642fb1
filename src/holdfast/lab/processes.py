"""Finding a lab host's processes by the machine's name alone, in /proc."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from holdfast.hosts.local import command_line

_NSPAWN = "systemd-nspawn"


@dataclass(frozen=True)
class Running:
    """A booted machine: systemd-nspawn, and the host's PID 1 as we see it. `init` is None in the
    moment between the two."""

    nspawn: int
    init: int | None

    def power_button(self) -> None:
        """systemd takes SIGRTMIN+4 for an order to power off (systemd(1))."""
        if self.init is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.init, signal.SIGRTMIN + 4)

    def freeze(self) -> None:
        """SIGSTOP every process of the host, until none is left that could start another."""
        stopped: set[int] = set()
        while fresh := self._everyone() - stopped:
            _signal(fresh, signal.SIGSTOP)
            stopped |= fresh

    def thaw(self) -> None:
        """Let them all go on."""
        _signal(self._everyone(), signal.SIGCONT)

    def _everyone(self) -> set[int]:
        """The host's PID 1 and all that descend from it, which is all there is of the host."""
        found: set[int] = set()
        unseen = set() if self.init is None else {self.init}
        while unseen:
            found |= unseen
            unseen = {child for pid in unseen for child in _descends(pid)} - found
        return found

    def power_cut(self, hard: bool = False) -> None:
        """SIGKILL the host's PID 1, with which the kernel kills all the others. systemd-nspawn
        then tidies up and leaves; `hard` kills that as well."""
        for pid in (self.init, self.nspawn if hard else None):
            if pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def find(machine: str) -> Running | None:
    """The running machine of that name, or None."""
    for pid in _supervisors():
        # while it starts, systemd-nspawn's children look like itself, and are no one's init
        if _boots(pid, machine) and not _boots(_parent(pid), machine):
            init = (child for child in _children(pid) if not _boots(child, machine))
            return Running(pid, next(init, None))
    return None


def _supervisors() -> Iterator[int]:
    """Every process that goes by the name of systemd-nspawn; cheap to find out."""
    with os.scandir("/proc") as entries:
        pids = [int(entry.name) for entry in entries if entry.name.isdigit()]
    return (pid for pid in pids if _read(pid, "comm") == f"{_NSPAWN}\n")


def _boots(pid: int, machine: str) -> bool:
    argv = command_line(pid)
    return bool(argv) and argv[0].endswith(_NSPAWN) and f"--machine={machine}" in argv


def _parent(pid: int) -> int:
    """0 for a process that is gone, as for those of the kernel."""
    fields = _read(pid, "stat").rpartition(")")[2].split()
    return int(fields[1]) if fields else 0


def _children(pid: int) -> Iterator[int]:
    return map(int, _read(pid, f"task/{pid}/children").split())


def _descends(pid: int) -> set[int]:
    """The children of all threads of a process."""
    try:
        threads = [int(entry.name) for entry in Path(f"/proc/{pid}/task").iterdir()]
    except (FileNotFoundError, ProcessLookupError):
        return set()
    return {int(child) for t in threads for child in _read(pid, f"task/{t}/children").split()}


def _signal(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _read(pid: int, file: str) -> str:
    """Empty for a process that is gone."""
    try:
        return Path(f"/proc/{pid}/{file}").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""

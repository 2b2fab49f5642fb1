"""Finding a lab host's processes by the machine's name alone, in /proc."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from holdfast.hosts.local import command_line


@dataclass(frozen=True)
class Running:
    """A booted machine: systemd-nspawn, and the host's PID 1 as we see it. `init` is None in the
    moment between the two."""

    nspawn: int
    init: int | None

    def power_cut(self, hard: bool = False) -> None:
        """SIGKILL the host's PID 1, with which the kernel kills all the others. systemd-nspawn
        then tidies up and leaves; `hard` kills that as well."""
        for pid in (self.init, self.nspawn if hard else None):
            if pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def find(machine: str) -> Running | None:
    """The running machine of that name, or None."""
    ours = {pid for pid in _pids() if _boots(pid, machine)}
    # while it starts, systemd-nspawn's children still carry its command line
    first = next((pid for pid in ours if _parent(pid) not in ours), None)
    if first is None:
        return None
    init = next((pid for pid in _pids() if pid not in ours and _parent(pid) == first), None)
    return Running(first, init)


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _boots(pid: int, machine: str) -> bool:
    argv = command_line(pid)
    return bool(argv) and argv[0].endswith("systemd-nspawn") and f"--machine={machine}" in argv


def _parent(pid: int) -> int | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(stat.rpartition(")")[2].split()[1])

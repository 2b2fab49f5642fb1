"""Two kinds of alarm clock that undo a fault when its drill is dead.

Both also keep the record of what was broken: what a killed drill has left behind can be healed by
the next one without waiting.
"""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from holdfast.errors import EnvironmentFailure, HostError
from holdfast.hosts.base import Transport
from holdfast.hosts.local import Local, command_line, replace_file

_PREFIX = "holdfast-heal-"

_SLEEPER = """
record=$1 after=$2; shift 2
(sleep "$after"; "$@"; rm -f "$record") </dev/null >/dev/null 2>&1 &
echo $$ $!
"""
"""Prints the process group and the sleeping process, which is the one to look at."""


@dataclass(frozen=True)
class Detached:
    """A process on this machine, of no one's family, that runs `argv` after `after_s` seconds.
    The file `<folder>/<name>.json` says so for as long as it is armed."""

    folder: Path
    name: str
    argv: tuple[str, ...]
    after_s: float

    async def arm(self) -> None:
        """See Expiry."""
        await self.disarm()
        self.folder.mkdir(parents=True, exist_ok=True)
        command = ("sh", "-c", _SLEEPER, "heal", str(self._record))
        started = await Local().run(*command, str(self.after_s), *self.argv)
        if not started.ok:
            raise EnvironmentFailure(f"no expiry for {self.name}: {started.err.strip()}")
        group, pid = map(int, started.out.split())
        words = {"group": group, "pid": pid, "argv": self.argv}
        replace_file(self._record, json.dumps(words), mode=0o600)

    async def disarm(self) -> None:
        """See Expiry."""
        _call_off(self._record)

    @property
    def _record(self) -> Path:
        return self.folder / f"{self.name}.json"


async def heal_recorded(folder: Path) -> None:
    """Heal now whatever detached expiries in `folder` would heal later."""
    for record in _records(folder):
        await Local().run(*json.loads(record.read_text())["argv"])
        _call_off(record)


def call_off_recorded(folder: Path) -> None:
    """Disarm all detached expiries in `folder` without healing: their victims are gone."""
    for record in _records(folder):
        _call_off(record)


def _records(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


def _call_off(record: Path) -> None:
    """Kill the sleeper, if the process of that number is still ours."""
    try:
        words = json.loads(record.read_text())
    except FileNotFoundError:
        return
    argv = tuple(words["argv"])
    if command_line(words["pid"])[-len(argv) :] == argv:
        os.killpg(words["group"], signal.SIGKILL)
    record.unlink(missing_ok=True)


@dataclass(frozen=True)
class HostTimer:
    """A systemd timer on the victim itself that runs `argv` after `after_s` seconds."""

    transport: Transport
    name: str
    argv: tuple[str, ...]
    after_s: float

    async def arm(self) -> None:
        """See Expiry."""
        await self.disarm()
        armed = await self.transport.run(
            "systemd-run",
            "--quiet",
            "--collect",
            f"--unit={self._unit}",
            f"--on-active={self.after_s}s",
            "--timer-property=AccuracySec=100ms",
            "--service-type=oneshot",
            *self.argv,
        )
        if not armed.ok:
            raise HostError(self.transport.host, f"arm {self._unit}", armed.err.strip())

    async def disarm(self) -> None:
        """See Expiry."""
        await self.transport.run("systemctl", "stop", f"{self._unit}.timer")

    @property
    def _unit(self) -> str:
        return f"{_PREFIX}{self.name.removesuffix('.service')}"


async def heal_host(transport: Transport) -> None:
    """Heal now whatever expiry timers on this host would heal later."""
    listed = await transport.run(
        "systemctl", "list-units", "--plain", "--no-legend", f"{_PREFIX}*.timer"
    )
    for line in listed.out.splitlines():
        timer = line.split()[0]
        await transport.run("systemctl", "start", timer.removesuffix(".timer") + ".service")
        await transport.run("systemctl", "stop", timer)

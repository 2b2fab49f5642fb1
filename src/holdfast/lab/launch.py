"""Starting systemd-nspawn so that it outlives us, in control groups of the host's own.

Without groups of their own the systemds of all hosts would manage the same `/system.slice/...`
and take each other's services apart. How a host gets its groups depends on who is PID 1 here.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Protocol

from holdfast.errors import LabError
from holdfast.lab.tool import attempt, must

ENVIRONMENT = {"SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network"}
"""A host may set its own network's sysctls, such as ip_nonlocal_bind."""

_CGROUPS = Path("/sys/fs/cgroup")
_SHARED = "holdfast"
_SHARES = "60000"
_REALTIME_US = "900000"
_GRANT_TRIES = 30
_GRANT_PAUSE_S = 0.1


class Launcher(Protocol):
    async def launch(self, machine: str, nspawn: tuple[str, ...], log: Path, nesting: bool) -> None:
        """Start the command under the machine's name, its output appended to `log`. `nesting`:
        the machine runs containers of its own, and needs groups of every kind for them."""
        ...

    async def clear(self, machine: str) -> None:
        """Remove what is left of a machine whose processes are gone, or of none at all."""
        ...


def launcher() -> Launcher:
    """The one for this machine."""
    return Units() if Path("/run/systemd/system").is_dir() else Groups()


class Units:
    """PID 1 here is systemd: each machine is a transient unit with delegated control groups."""

    async def launch(self, machine: str, nspawn: tuple[str, ...], log: Path, nesting: bool) -> None:
        """See Launcher.launch: Delegate= gives groups of every kind to all."""
        settings = ("Delegate=yes", "KillMode=mixed", "Type=exec", f"StandardOutput=append:{log}")
        await must(
            "systemd-run",
            "--quiet",
            f"--unit={machine}",
            "--slice=holdfast.slice",
            *(f"--property={setting}" for setting in settings),
            *(f"--setenv={name}={value}" for name, value in ENVIRONMENT.items()),
            *nspawn,
        )

    async def clear(self, machine: str) -> None:
        await attempt("systemctl", "stop", f"{machine}.service")
        await attempt("systemctl", "reset-failed", f"{machine}.service")


class Groups:
    """PID 1 here is something else: we make the groups, and enter them before nspawn starts.

    Where the cpu controller is a version 1 hierarchy, all lab hosts of this machine share one
    group in it: with many shares, and with a budget for real-time scheduling, without which
    corosync could not run SCHED_RR and would lose healthy members under load.
    """

    async def launch(self, machine: str, nspawn: tuple[str, ...], log: Path, nesting: bool) -> None:
        for group in _shared():
            group.mkdir(exist_ok=True)
            (group / "cpu.shares").write_text(_SHARES)
            await _grant_realtime(group)
        groups = [*_own(machine), *(_nested(machine) if nesting else _shared())]
        for group in groups:
            group.mkdir(exist_ok=True)
            _inherit(group)
        enter = (
            'log="$1"; shift; while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs"; shift; done; '
            'shift; exec env "$@" </dev/null >>"$log" 2>&1'
        )
        environment = (f"{name}={value}" for name, value in ENVIRONMENT.items())
        command = (*environment, "setsid", "--fork", *nspawn)
        await must("sh", "-ec", enter, "enter", str(log), *map(str, groups), "--", *command)

    async def clear(self, machine: str) -> None:
        for group in (*_own(machine), *_nested(machine)):
            _remove(group)
        for group in _shared():
            _remove(group, depth=False)


def _own(machine: str) -> list[Path]:
    """The machine's groups: in the hierarchies that systemd uses to keep track of services."""
    if (_CGROUPS / "cgroup.controllers").exists():
        return [_CGROUPS / machine]
    return [_CGROUPS / tree / machine for tree in ("systemd", "unified") if _mounted(tree)]


def _shared() -> list[Path]:
    return [_CGROUPS / "cpu" / _SHARED] if _mounted("cpu") else []


def _nested(machine: str) -> list[Path]:
    """The machine's groups in all other hierarchies; within the shared one, where there is one."""
    if (_CGROUPS / "cgroup.controllers").exists():
        return []
    shared = {group.parent.resolve(): group for group in _shared()}
    trees = {path.resolve() for path in _CGROUPS.iterdir() if _mounted(path.name)}
    others = sorted(tree for tree in trees if tree.name not in ("systemd", "unified"))
    return [shared.get(tree, tree) / machine for tree in others]


def _inherit(group: Path) -> None:
    """A new group in the cpuset hierarchy has no processors until it is given some."""
    for leaf in ("cpuset.cpus", "cpuset.mems"):
        if (group / leaf).exists() and not (group / leaf).read_text().strip():
            (group / leaf).write_text((group.parent / leaf).read_text())
    if (group / "cpuset.cpus").exists():
        (group / "cgroup.clone_children").write_text("1")


def _remove(group: Path, depth: bool = True) -> None:
    """The group, and with `depth` those that its containers have made in it; what is in use or
    gone stays as it is. A group's files go with it."""
    folders = [Path(at) for at, _, _ in os.walk(group, topdown=False)] if depth else [group]
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()


def _mounted(tree: str) -> bool:
    return (_CGROUPS / tree / "cgroup.procs").exists()


async def _grant_realtime(group: Path) -> None:
    """Raises LabError when there is nothing to grant. The kernel counts a group's budget for a
    moment after the group has gone, so a refusal is final only after a while."""
    budget = group / "cpu.rt_runtime_us"
    if not budget.exists():
        return  # this kernel shares out real-time scheduling without budgets
    for remaining in reversed(range(_GRANT_TRIES)):
        try:
            budget.write_text(_REALTIME_US)
            return
        except OSError as error:
            if not remaining:
                raise LabError(
                    "no budget for real-time scheduling, which corosync needs",
                    hint=f"another group took it: look at cpu.rt_runtime_us below {_CGROUPS}/cpu",
                ) from error
        await asyncio.sleep(_GRANT_PAUSE_S)

"""systemd units of the components: one flag a line, secrets as credentials, rights as few as the
component bears."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from holdfast.cluster.model import ClusterPlan
from holdfast.cluster.places import BIN
from holdfast.formats.ini import Words, render, section
from holdfast.platforms.machines.units import UNITS, restart

Flags = Mapping[str, str | int | bool]

UNPRIVILEGED = (
    "DynamicUser=yes",
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=",
    "LockPersonality=yes",
    "MemoryDenyWriteExecute=yes",
    "PrivateDevices=yes",
    "ProtectClock=yes",
    "ProtectControlGroups=yes",
    "ProtectHome=yes",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "ProtectProc=invisible",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "SystemCallFilter=~@privileged @resources",
    "UMask=0077",
)
"""For control-plane components: users that exist only while they run."""

FIRST = ("CPUWeight=1000", "OOMScoreAdjust=-900")
"""For what everybody waits for: etcd and what is before it. A leader that waits for a processor
loses its lease, and the takeover costs more than it ever saved."""


def path(unit: str) -> str:
    return f"{UNITS}/{unit}"


def command(program: str, flags: Flags) -> tuple[str, Words]:
    """ExecStart= with one flag a line."""
    spelt = (f"--{name}={_spelt(value)}" for name, value in flags.items())
    return "ExecStart", (f"{BIN}/{program}", *spelt)


def service(
    plan: ClusterPlan,
    description: str,
    settings: Iterable[str | tuple[str, Words]],
    order: Iterable[str] = (),
) -> str:
    """A unit that comes back whatever happened, as often as it happens."""
    return render(
        [
            section("Unit", [f"Description={description}", *order, "StartLimitIntervalSec=0"]),
            section("Service", [*settings, *restart(plan.timers.systemd.restart_ms)]),
            section("Install", ["WantedBy=multi-user.target"]),
        ]
    )


def once(
    description: str, commands: Iterable[str], before: str, after: str = "network.target"
) -> str:
    """A unit that sets something up and is done; run again whenever it changes."""
    return render(
        [
            section("Unit", [f"Description={description}", f"After={after}", f"Before={before}"]),
            section(
                "Service",
                ["Type=oneshot", "RemainAfterExit=yes", *(f"ExecStart={c}" for c in commands)],
            ),
            section("Install", ["WantedBy=multi-user.target"]),
        ]
    )


def connections(plan: ClusterPlan) -> tuple[str, ...]:
    """Environment of clients of the API: how soon they leave a dead connection."""
    timers = plan.timers.connections
    return (
        f"Environment=HTTP2_READ_IDLE_TIMEOUT_SECONDS={timers.read_idle_s}",
        f"Environment=HTTP2_PING_TIMEOUT_SECONDS={timers.ping_s}",
    )


def duration(ms: int) -> str:
    """As Go reads it: 250ms, 3s."""
    return f"{ms}ms" if ms % 1000 else f"{ms // 1000}s"


def _spelt(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

"""What a unit may not do (systemd.exec(5)); each unit adds what it does need."""

from __future__ import annotations

from collections.abc import Sequence

COMMON = (
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "ProtectClock=yes",
    "ProtectHostname=yes",
    "ProtectControlGroups=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "PrivateTmp=yes",
    "LockPersonality=yes",
    "RestrictNamespaces=yes",
    "RestrictSUIDSGID=yes",
    "SystemCallArchitectures=native",
    "UMask=0077",
)
"""For every unit of ours and every packaged one that we start."""

UNPRIVILEGED = (
    *COMMON,
    "CapabilityBoundingSet=",
    "MemoryDenyWriteExecute=yes",
    "PrivateDevices=yes",
    "ProtectProc=invisible",
    "ProcSubset=pid",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
    "RestrictRealtime=yes",
    "SystemCallFilter=@system-service",
    "SystemCallFilter=~@privileged @resources",
)
"""For what runs as an ordinary user."""


def rooted(
    capabilities: Sequence[str], families: Sequence[str], writable: Sequence[str]
) -> tuple[str, ...]:
    """For what must stay root: its capabilities, its kinds of sockets and its folders, no more."""
    return (
        *COMMON,
        f"CapabilityBoundingSet={' '.join(capabilities)}",
        f"RestrictAddressFamilies={' '.join(families)}",
        f"ReadWritePaths={' '.join(writable)}",
        "MemoryDenyWriteExecute=yes",
        "PrivateDevices=yes",
        "SystemCallFilter=@system-service",
    )

"""Hosts behind BMCs, in memory; see redfish.Chassis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from holdfast.errors import LabError


@dataclass
class MemoryChassis:
    """`on`: who has power. `graves`: BMCs without. `stuck`: hosts that no reset changes. `broken`:
    those whose BMC fails at it. `done` is what was reset, in order."""

    passwords: Mapping[str, str]
    on: set[str] = field(default_factory=set)
    graves: set[str] = field(default_factory=set)
    stuck: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    done: list[tuple[str, str]] = field(default_factory=list)

    def password(self, host: str) -> str | None:
        """See Chassis."""
        return self.passwords.get(host)

    def dead(self, host: str) -> bool:
        """See Chassis."""
        return host in self.graves

    def running(self, host: str) -> bool:
        """See Chassis."""
        return host in self.on

    def reset(self, host: str, kind: str) -> None:
        """See Chassis."""
        self.done.append((host, kind))
        if host in self.broken:
            raise LabError(f"{host}: the switch is jammed", hint="look at it")
        if host in self.stuck:
            return
        (self.on.add if kind in ("On", "ForceRestart") else self.on.discard)(host)

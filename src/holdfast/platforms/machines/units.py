"""Drop-ins for the packages' own units."""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.bundle import File
from holdfast.formats.ini import render, section

UNITS = "/etc/systemd/system"

ROUTING_NICE, STORING_NICE, MANAGING_NICE = -10, -5, 5
"""Nice values: where processors are short - just when a host was lost, and everything connects anew
at the survivors - what all requests pass goes first, then what keeps the data, then (0) what
computes, and last what nobody waits for. Not CPUWeight=: it would move real-time processes into
cgroups that, on a kernel with RT_GROUP_SCHED, give them no time."""


def restart(after_ms: int) -> tuple[str, ...]:
    """Come back whatever happened, as often as it happens."""
    return ("Restart=always", f"RestartSec={after_ms}ms")


def drop_in(host: str, unit: str, service: Iterable[str], wanted: Iterable[str] = ()) -> File:
    """Settings on top of a package's unit; `wanted` adds to its [Unit] section."""
    content = render(
        [
            section("Unit", ["StartLimitIntervalSec=0", *wanted]),
            section("Service", service),
        ]
    )
    return File(host, f"{UNITS}/{unit}.d/holdfast.conf", content, restarts=(unit,))

"""Drop-ins for the packages' own units."""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.bundle import File
from holdfast.formats.ini import render, section

UNITS = "/etc/systemd/system"


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

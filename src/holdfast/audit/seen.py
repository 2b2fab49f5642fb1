"""What hosts say when they are asked, and what of it was planned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from holdfast.bundle import Bundle

SYSCTLS = (
    "kernel.randomize_va_space",
    "fs.protected_hardlinks",
    "fs.protected_symlinks",
)
"""Of the kernel itself, besides what the plan sets."""

Facts = Mapping[str, Any]
Silent = str
"""Why a host has not answered."""


def settings(bundle: Bundle, host: str) -> dict[str, str]:
    """The kernel's settings that the plan wants, as they are written on the host."""
    lines = [
        line
        for file in bundle.on(host)
        if file.path.startswith("/etc/sysctl.d/")
        for line in file.content.splitlines()
        if "=" in line and not line.startswith("#")
    ]
    pairs = (line.partition("=") for line in lines)
    return {name.strip(): value.strip().strip("'") for name, _, value in pairs}

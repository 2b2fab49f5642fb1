"""What can stop a host, or has, and shows before users see it: full disks, certificates that end,
a clock that nobody keeps, units that failed."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .commands import FailedError, run

ETC = Path("/etc/holdfast")
DISKS = ("/var/lib/holdfast", "/var/log", "/tmp")
_LIMIT_S = 3.0


def condition() -> dict[str, Any]:
    """As JSON has it; null or absent is what could not be found out. Times are Unix seconds."""
    return {
        "now": time.time(),
        "synchronised": _synchronised(),
        "disks": {path: each for path in DISKS if (each := _disk(path)) is not None},
        "certificates": _certificates(ETC),
        "failed": _failed(),
    }


def _disk(path: str) -> dict[str, int] | None:
    """Bytes that are free for who is not root, bytes in all, and inodes likewise."""
    try:
        found = os.statvfs(path)
    except OSError:
        return None
    return {
        "free": found.f_bavail * found.f_frsize,
        "size": found.f_blocks * found.f_frsize,
        "free_inodes": found.f_favail,
        "inodes": found.f_files,
    }


def _synchronised() -> bool | None:
    """Whether something keeps the clock right, as the kernel has been told."""
    try:
        return run(["timedatectl", "show", "-P", "NTPSynchronized"], limit_s=_LIMIT_S) == "yes\n"
    except FailedError:
        return None


def _certificates(folder: Path) -> dict[str, float]:
    """File -> when its first certificate ends."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".crt", ".pem"))
    ends = {str(path): _end(path) for path in files}
    return {path: end for path, end in ends.items() if end is not None}


def _end(path: Path) -> float | None:
    """None of a file that is no certificate."""
    argv = ["openssl", "x509", "-noout", "-enddate", "-dateopt", "iso_8601", "-in", str(path)]
    try:
        said = run(argv, limit_s=_LIMIT_S).strip().removeprefix("notAfter=")
        moment = datetime.strptime(said, "%Y-%m-%d %H:%M:%SZ")
    except (FailedError, ValueError):
        return None
    return moment.replace(tzinfo=UTC).timestamp()


def _failed() -> list[str] | None:
    """Units that systemd has given up on."""
    argv = ["systemctl", "list-units", "--failed", "--output=json"]
    try:
        return [unit["unit"] for unit in json.loads(run(argv, limit_s=_LIMIT_S))]
    except (FailedError, ValueError, KeyError):
        return None

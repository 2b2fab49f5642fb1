"""What hosts tell of their condition (agents/steward/condition.py), judged. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any

FULL = 0.10
"""Of a disk, or of its inodes: with less than this free, PostgreSQL's and Galera's logs may not fit
through a busy night."""
ENDS_SOON_S = 21 * 86_400
"""`holdfast up` renews what ends within 30 days: who sees this has not run it for a while."""
CLOCKS_APART_S = 1.0
"""Tokens are good from the second they say, and logs are read side by side."""

Condition = Mapping[str, Any]
_UNTOLD = "its disks, clock, certificates and units are unknown: it does not tell"


def warnings(conditions: Mapping[str, Condition | None], asked_at: float) -> tuple[str, ...]:
    """Sentences with a remedy, by host. `asked_at`: Unix seconds, on the operator's clock."""
    found = []
    for host, condition in conditions.items():
        told = (_UNTOLD,) if condition is None else _of_host(condition, asked_at)
        found += [f"{host}: {each}" for each in told]
    return (*found, *_clocks({host: c for host, c in conditions.items() if c is not None}))


def _of_host(condition: Condition, asked_at: float) -> Iterator[str]:
    for path, disk in condition["disks"].items():
        yield from _disk(path, disk)
    yield from _certificates(condition["certificates"], asked_at)
    if not condition["certificates"]:
        yield "nobody knows when its certificates end: no file of them could be read"
    if condition["failed"] is None:
        yield "nobody knows whether its units have failed: see `systemctl --failed`"
    for unit in condition["failed"] or ():
        yield f"{unit} has failed and is not started again: see journalctl -u {unit}"


def _disk(path: str, disk: Mapping[str, int]) -> Iterator[str]:
    if disk["size"] and disk["free"] < FULL * disk["size"]:
        left = disk["free"] / disk["size"]
        yield (
            f"the disk of {path} is nearly full, {disk['free'] >> 20} MiB ({left:.0%}) are left: "
            "make room, or its datastores will stop"
        )
    if disk["inodes"] and disk["free_inodes"] < FULL * disk["inodes"]:
        yield f"the disk of {path} has hardly any inodes left: remove files"


def _certificates(ends: Mapping[str, float], asked_at: float) -> Iterator[str]:
    for path, end in ends.items():
        if end - asked_at > ENDS_SOON_S:
            continue
        day = datetime.fromtimestamp(end, UTC).date().isoformat()
        state = "has ended" if end <= asked_at else "ends"
        yield f"the certificate {path} {state} on {day}: run `holdfast up`, which renews it"


def _clocks(conditions: Mapping[str, Condition]) -> Sequence[str]:
    """Whose clock differs from the middle one of all hosts. With two hosts nobody knows which."""
    if len(conditions) < 2:
        return ()
    middle = median(condition["offset"] for condition in conditions.values())
    return [
        f"{host}: its clock is {abs(apart):.1f} s {'ahead' if apart > 0 else 'behind'}"
        + (", and nothing keeps it right" if condition["synchronised"] is False else "")
        + ": see `timedatectl`, and set it with an NTP client"
        for host, condition in conditions.items()
        if abs(apart := condition["offset"] - middle) > CLOCKS_APART_S + condition["offset_error"]
    ]

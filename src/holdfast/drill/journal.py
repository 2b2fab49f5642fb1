"""From a host's journal (`journalctl -o json`) to events: what corosync, the steward, keepalived,
haproxy, pacemaker's fencer and systemd said, and nothing else. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from holdfast.drill.timeline import Event

FIELDS = "MESSAGE,SYSLOG_IDENTIFIER,UNIT,_SYSTEMD_UNIT,_SOURCE_REALTIME_TIMESTAMP"
"""What to ask journalctl for, besides the time that it always tells."""


@dataclass(frozen=True)
class Said:
    """What a line comes down to; see Event. `at`: the speaker's own time, where it is told."""

    source: str
    kind: str
    detail: str
    about: str = ""
    at: float | None = None


@dataclass(frozen=True)
class Names:
    """How the parts call things: hosts by corosync's node id, virtual addresses by the name of
    their keepalived instance."""

    hosts: Mapping[int, str]
    addresses: Mapping[str, str]


Hear = Callable[[Mapping[str, Any], str], Said | None]
"""From an entry and its message to what it comes down to; None if it means nothing to us."""


def events(host: str, lines: Iterable[str], offset: float, names: Names) -> Iterator[Event]:
    """`offset`: the host's clock minus ours, in seconds."""
    return heard(host, lines, offset, lambda entry, message: _said(entry, message, names))


def heard(host: str, lines: Iterable[str], offset: float, hear: Hear) -> Iterator[Event]:
    """Lines that mean nothing to us, or are broken off, are passed over."""
    for line in lines:
        entry = _entry(line)
        said = None if entry is None else hear(entry, _message(entry).strip())
        if entry is not None and said is not None:
            yield Event(
                at=(_at(entry) if said.at is None else said.at) - offset,
                source=said.source,
                kind=said.kind,
                host=host,
                detail=said.detail,
                about=said.about,
            )


def _entry(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    timed = isinstance(entry, dict) and "__REALTIME_TIMESTAMP" in entry
    return entry if timed else None


def _at(entry: Mapping[str, Any]) -> float:
    """The sender's time where it gave one; else when the journal received the line."""
    stamp = entry.get("_SOURCE_REALTIME_TIMESTAMP") or entry["__REALTIME_TIMESTAMP"]
    return int(stamp) / 1e6


def _message(entry: Mapping[str, Any]) -> str:
    """journald gives bytes that are no UTF-8 as a list of numbers."""
    message = entry.get("MESSAGE")
    if isinstance(message, list):
        return bytes(message).decode("utf-8", "replace")
    return message if isinstance(message, str) else ""


def _said(entry: Mapping[str, Any], message: str, names: Names) -> Said | None:
    if entry.get("_SYSTEMD_UNIT") == "holdfast-steward.service":
        return _steward(message)
    identifier = str(entry.get("SYSLOG_IDENTIFIER", ""))
    if identifier == "systemd":
        return _systemd(message, str(entry.get("UNIT", "")))
    if identifier == "corosync":
        return _corosync(message, names)
    if identifier in ("Keepalived_vrrp", "Keepalived"):
        return _keepalived(message, names)
    if identifier == "pacemaker-fenced":
        return _fencer(message)
    return haproxy(message) if identifier == "haproxy" else None


def _steward(message: str) -> Said | None:
    try:
        said = json.loads(message)
    except ValueError:
        return None
    if not isinstance(said, dict) or not isinstance(said.get("event"), str):
        return None
    term = f"term {said['term']}" if said.get("term") is not None else ""
    why = str(said.get("why") or "")
    detail = ": ".join(part for part in (term, why) if part)
    at = said.get("at")
    return Said(
        "steward",
        said["event"],
        detail,
        str(said.get("datastore") or ""),
        float(at) if isinstance(at, int | float) else None,
    )


_MEMBERS = re.compile(r"\[QUORUM\s*\] Members\[\d+\]:((?: \d+)*)")
_TOKEN = re.compile(r"\[TOTEM\s*\] (A processor failed, forming new configuration.*)")
_PAUSED = re.compile(r"(main process was not scheduled.*)", re.IGNORECASE)


def _corosync(message: str, names: Names) -> Said | None:
    if match := _MEMBERS.search(message):
        members = [names.hosts.get(int(word), word) for word in match[1].split()]
        return Said("corosync", "members", " ".join(members))
    if match := _TOKEN.search(message):
        return Said("corosync", "token", match[1])
    if match := _PAUSED.search(message):
        return Said("corosync", "paused", match[1])
    return None


_STATE = re.compile(r"\((?P<vip>[^)]+)\) Entering (?P<state>MASTER|BACKUP|FAULT) STATE")


def _keepalived(message: str, names: Names) -> Said | None:
    match = _STATE.search(message)
    if match is None:
        return None
    address = names.addresses.get(match["vip"], match["vip"])
    return Said("keepalived", match["state"].lower(), f"of {address}", address)


_SERVER = re.compile(
    r"(?:Backup )?Server (?P<server>\S+/\S+) (?:is|was)"
    r" (?:going )?(?P<state>UP|DOWN)(?P<rest>.*?)(?:\. \d+ active.*)?$"
)


def haproxy(message: str) -> Said | None:
    """A server that came or went."""
    match = _SERVER.search(message)
    if match is None:
        return None
    kind = "up" if match["state"] != "DOWN" else "down"
    rest = match["rest"].strip(" ,.").removeprefix("reason: ")
    return Said("haproxy", kind, f"{match['server']} {rest}".strip(), match["server"])


_WANTED = re.compile(r"wants to fence \((?P<how>\w+)\) (?P<host>\S+) using")
_FENCED = re.compile(
    r"Operation '(?P<how>\w+)' targeting (?P<host>\S+) by (?P<by>\S+) for \S+: (?P<end>\w.*)"
)


def _fencer(message: str) -> Said | None:
    if match := _WANTED.search(message):
        return Said("pacemaker", "fencing", f"{match['host']} ({match['how']})", match["host"])
    if match := _FENCED.search(message):
        host, end = match["host"], match["end"]
        if end.startswith("OK"):
            return Said("pacemaker", "fenced", f"{host} by {match['by']}", host)
        return Said("pacemaker", "fencing-failed", f"{host}: {end}", host)
    return None


_EXITED = re.compile(r"Main process exited, (.*)|(Watchdog timeout.*)")


def _systemd(message: str, unit: str) -> Said | None:
    """Only what was ours: units that ended unasked, were frozen, or came back."""
    if not unit:
        return None
    if match := _EXITED.search(message):
        return Said("systemd", "exited", f"{unit}: {match[1] or match[2]}", unit)
    if message.startswith("Started ") and unit.endswith(".service"):
        return Said("systemd", "started", unit, unit)
    return None

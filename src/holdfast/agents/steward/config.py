"""What the plan has decided for this host: `/etc/holdfast/steward.json`, read once at start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEFAULT = Path("/etc/holdfast/steward.json")


@dataclass(frozen=True)
class Host:
    name: str
    node_id: int
    address: str


@dataclass(frozen=True)
class Tls:
    cert: str
    key: str
    ca: str


@dataclass(frozen=True)
class Listen:
    """Where the role check answers."""

    address: str
    port: int
    tls: Tls


@dataclass(frozen=True)
class Timers:
    process_poll_ms: int
    probe_interval_ms: int
    probe_timeout_ms: int
    probe_failures: int
    watchdog_s: int


@dataclass(frozen=True)
class Config:
    host: str
    hosts: tuple[Host, ...]
    listen: Listen
    haproxy_socket: str
    socket: Path
    state: Path
    spread: tuple[str, ...]
    """haproxy backends over hosts: their servers are named <host>, or <host>-<instance>."""
    timers: Timers
    datastores: tuple[Mapping[str, Any], ...]
    """As they are written: each engine knows its own fields; all have `name` and `engine`."""

    def datastore(self, name: str) -> Mapping[str, Any]:
        """Raises KeyError if there is none of that name."""
        for datastore in self.datastores:
            if datastore["name"] == name:
                return datastore
        raise KeyError(name)


def load(path: Path = DEFAULT) -> Config:
    """Raises OSError, ValueError, KeyError or TypeError on a file that is not what it should be."""
    return parse(json.loads(path.read_text()))


def parse(raw: dict[str, Any]) -> Config:
    return Config(
        host=raw["host"],
        hosts=tuple(Host(h["name"], h["node_id"], h["address"]) for h in raw["hosts"]),
        listen=Listen(raw["listen"]["address"], raw["listen"]["port"], tls(raw["listen"])),
        haproxy_socket=raw["haproxy_socket"],
        socket=Path(raw["socket"]),
        state=Path(raw["state"]),
        spread=tuple(raw["spread"]),
        timers=Timers(**raw["timers"]),
        datastores=tuple(raw["datastores"]),
    )


def tls(raw: dict[str, Any]) -> Tls:
    return Tls(raw["cert"], raw["key"], raw["ca"])

"""What the plan has decided for this host: `/etc/holdfast/steward.json`, read once at start."""

from __future__ import annotations

import json
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
class Datastore:
    """One replicated store of which this host may be a member."""

    name: str
    engine: str
    members: tuple[tuple[str, int], ...]
    """(host, preference); the lowest preference wins among equal logs."""
    sync: int
    unit: str
    etc: Path
    data: Path
    bin: Path
    port: int
    client_port: int
    gate_port: int
    primary_backend: str
    gate_backend: str
    tls_name: str
    replication_user: str
    tls: Tls
    roles: tuple[str, ...]
    """Database roles of the services that use it."""

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(host for host, _ in self.members)


@dataclass(frozen=True)
class Config:
    host: str
    hosts: tuple[Host, ...]
    listen: Listen
    haproxy_socket: str
    socket: Path
    state: Path
    services: tuple[str, ...]
    timers: Timers
    datastores: tuple[Datastore, ...]

    def datastore(self, name: str) -> Datastore:
        """Raises KeyError if there is none of that name."""
        for datastore in self.datastores:
            if datastore.name == name:
                return datastore
        raise KeyError(name)


def load(path: Path = DEFAULT) -> Config:
    """Raises OSError, ValueError, KeyError or TypeError on a file that is not what it should be."""
    return parse(json.loads(path.read_text()))


def parse(raw: dict[str, Any]) -> Config:
    return Config(
        host=raw["host"],
        hosts=tuple(Host(h["name"], h["node_id"], h["address"]) for h in raw["hosts"]),
        listen=Listen(raw["listen"]["address"], raw["listen"]["port"], _tls(raw["listen"])),
        haproxy_socket=raw["haproxy_socket"],
        socket=Path(raw["socket"]),
        state=Path(raw["state"]),
        services=tuple(raw["services"]),
        timers=Timers(**raw["timers"]),
        datastores=tuple(_datastore(each) for each in raw["datastores"]),
    )


def _tls(raw: dict[str, Any]) -> Tls:
    return Tls(raw["cert"], raw["key"], raw["ca"])


def _datastore(raw: dict[str, Any]) -> Datastore:
    return Datastore(
        **{
            **raw,
            "members": tuple((each["host"], each["preference"]) for each in raw["members"]),
            "etc": Path(raw["etc"]),
            "data": Path(raw["data"]),
            "bin": Path(raw["bin"]),
            "tls": _tls(raw["tls"]),
            "roles": tuple(raw.get("roles", ())),
        }
    )

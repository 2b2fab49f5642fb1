"""A PostgreSQL datastore as the plan has decided it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..config import Tls, tls
from ..proxy import Choice


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

    @property
    def route(self) -> Choice:
        """Clients' way to the primary."""
        return Choice(self.primary_backend, self.hosts)

    @property
    def gate(self) -> Choice:
        """The way by which this host replicates."""
        return Choice(self.gate_backend, self.hosts, gate=True)


def parse(raw: Mapping[str, Any]) -> Datastore:
    """Raises KeyError, TypeError on what is not one."""
    return Datastore(
        **{
            **raw,
            "members": tuple((each["host"], each["preference"]) for each in raw["members"]),
            "etc": Path(raw["etc"]),
            "data": Path(raw["data"]),
            "bin": Path(raw["bin"]),
            "tls": tls(raw["tls"]),
            "roles": tuple(raw.get("roles", ())),
        }
    )

"""A MySQL datastore as the plan has decided it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..proxy import Choice


@dataclass(frozen=True)
class Datastore:
    """One replicated store of which this host may be a member."""

    name: str
    engine: str
    members: tuple[tuple[str, int], ...]
    """(host, preference); the lowest preference wins among equals."""
    addresses: tuple[tuple[str, str], ...]
    """(what a member calls itself in its component, host)"""
    unit: str
    server: str
    provider: str
    """Galera's library."""
    config: str
    data: Path
    socket: str
    arguments: Path
    primary_backend: str
    accounts: tuple[str, ...]
    """Of the services that use it."""

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(host for host, _ in self.members)

    @property
    def route(self) -> Choice:
        """Clients' way to the writer."""
        return Choice(self.primary_backend, self.hosts)


def parse(raw: Mapping[str, Any]) -> Datastore:
    """Raises KeyError, TypeError on what is not one."""
    return Datastore(
        **{
            **raw,
            "members": tuple((each["host"], each["preference"]) for each in raw["members"]),
            "addresses": tuple((each["address"], each["host"]) for each in raw["addresses"]),
            "data": Path(raw["data"]),
            "arguments": Path(raw["arguments"]),
            "accounts": tuple(raw["accounts"]),
        }
    )

"""One shard as the plan has decided it, seen from one host."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Member:
    """`node` is its name in the cluster, for ever. The lowest preference is the wanted primary."""

    host: str
    preference: int
    node: str


@dataclass(frozen=True)
class Shard:
    """`peers`: every node of the whole cluster with its address, port, bus port and shard, by name;
    `nobody` is the node, which does not exist, that a member follows when it starts."""

    name: str
    number: int
    first: int
    last: int
    port: int
    members: tuple[Member, ...]
    me: str
    unit: str
    data: Path
    socket: Path
    secrets: Path
    pulse_key: str
    nobody: str
    identity: str
    peers: tuple[Peer, ...]
    settle_s: float
    start_s: float
    handover_s: float

    @property
    def preferences(self) -> dict[str, int]:
        return {member.host: member.preference for member in self.members}

    @property
    def own(self) -> tuple[Peer, ...]:
        """The nodes of this shard: one per host, where `peers` has one of each shard."""
        return tuple(peer for peer in self.peers if peer.identity == self.identity)

    def node(self, host: str) -> str:
        return next(member.node for member in self.members if member.host == host)

    def host(self, node: str) -> str | None:
        return next((member.host for member in self.members if member.node == node), None)

    def read_secrets(self) -> Secrets:
        """Raises OSError, ValueError, KeyError."""
        raw = json.loads(self.secrets.read_text())
        return Secrets(raw["user"], raw["password"], raw["gates"])


@dataclass(frozen=True)
class Peer:
    node: str
    identity: str
    address: str
    port: int
    bus_port: int

    @property
    def place(self) -> str:
        """As nodes.conf has it."""
        return f"{self.address}:{self.port}@{self.bus_port}"


@dataclass(frozen=True)
class Secrets:
    """`gates`: what each host asks of whoever wants to replicate from it."""

    user: str
    password: str
    gates: Mapping[str, str]


def parse(raw: Mapping[str, Any], me: str) -> tuple[Shard, ...]:
    """All shards of a datastore. Raises KeyError, TypeError on what is not one."""
    peers = tuple(
        Peer(m["node"], s["identity"], m["address"], s["port"], s["bus_port"])
        for s in raw["shards"]
        for m in s["members"]
    )
    return tuple(_shard(raw, each, me, peers) for each in raw["shards"])


def _shard(raw: Mapping[str, Any], shard: Mapping[str, Any], me: str, peers: Any) -> Shard:
    return Shard(
        name=shard["name"],
        number=shard["number"],
        first=shard["first"],
        last=shard["last"],
        port=shard["port"],
        members=tuple(Member(m["host"], m["preference"], m["node"]) for m in shard["members"]),
        me=me,
        unit=shard["unit"],
        data=Path(shard["data"]),
        socket=Path(shard["socket"]),
        secrets=Path(raw["secrets"]),
        pulse_key=shard["pulse_key"],
        nobody=shard["nobody"],
        identity=shard["identity"],
        peers=peers,
        settle_s=raw["timers"]["settle_s"],
        start_s=raw["timers"]["start_s"],
        handover_s=raw["timers"]["handover_s"],
    )

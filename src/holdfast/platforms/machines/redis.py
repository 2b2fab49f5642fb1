"""Redis Cluster on plain machines: one member of every shard per host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from holdfast.bundle import File
from holdfast.formats.haproxy import Section
from holdfast.pki.credentials import Credentials
from holdfast.plan.model import Plan, PlannedHost, PlannedRedis, PlannedService
from holdfast.plan.places import redis_unit
from holdfast.platforms.machines.engine import Engine
from holdfast.platforms.machines.sources import Sources


def _files(
    plan: Plan,
    datastore: PlannedRedis,
    host: PlannedHost,
    credentials: Credentials,
    sources: Sources,
) -> Iterator[File]:
    yield from ()


def _steward(plan: Plan, datastore: PlannedRedis, host: PlannedHost) -> dict[str, Any]:
    return {}


def _endpoints(plan: Plan, datastore: PlannedRedis, host: PlannedHost) -> Iterator[Section]:
    yield from ()


def _environment(
    plan: Plan, service: PlannedService, datastore: PlannedRedis
) -> Iterator[tuple[str, str]]:
    yield from ()


ENGINE: Engine[PlannedRedis] = Engine(
    packages=("redis-server", "redis-tools", "python3-redis"),
    files=_files,
    units=lambda datastore: tuple(redis_unit(datastore.name, s.number) for s in datastore.shards),
    steward=_steward,
    endpoints=_endpoints,
    peer_ports=lambda datastore: tuple(
        port for s in datastore.shards for port in (s.port, s.bus_port)
    ),
    client_ports=lambda datastore: tuple(s.port for s in datastore.shards),
    environment=_environment,
    secrets=lambda _credentials, _service, _datastore: {},
    seed=None,
)

"""MariaDB Galera on plain machines: one member per host, started by the steward only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from holdfast.bundle import File
from holdfast.formats.haproxy import Section
from holdfast.pki.credentials import Credentials
from holdfast.plan.model import Plan, PlannedHost, PlannedMysql, PlannedService
from holdfast.plan.places import mysql_data, mysql_unit, seed_archive
from holdfast.platforms.machines.engine import Engine, Seed
from holdfast.platforms.machines.sources import Sources


def _files(
    plan: Plan,
    datastore: PlannedMysql,
    host: PlannedHost,
    credentials: Credentials,
    sources: Sources,
) -> Iterator[File]:
    yield from ()


def _steward(plan: Plan, datastore: PlannedMysql, host: PlannedHost) -> dict[str, Any]:
    return {}


def _endpoints(plan: Plan, datastore: PlannedMysql, host: PlannedHost) -> Iterator[Section]:
    yield from ()


def _environment(
    plan: Plan, service: PlannedService, datastore: PlannedMysql
) -> Iterator[tuple[str, str]]:
    yield from ()


ENGINE: Engine[PlannedMysql] = Engine(
    packages=("mariadb-server", "galera-4", "python3-pymysql", "rsync"),
    files=_files,
    units=lambda datastore: (mysql_unit(datastore.name),),
    steward=_steward,
    endpoints=_endpoints,
    peer_ports=lambda datastore: (
        datastore.port,
        datastore.group_port,
        datastore.ist_port,
        datastore.sst_port,
    ),
    client_ports=lambda datastore: (datastore.client_port, datastore.read_port),
    environment=_environment,
    secrets=lambda _credentials, _service, _datastore: {},
    seed=lambda datastore: Seed(mysql_data(datastore.name), seed_archive(datastore.name)),
)

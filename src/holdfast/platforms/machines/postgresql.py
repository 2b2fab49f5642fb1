"""PostgreSQL on plain machines: one member per host, started by the steward only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from holdfast.bundle import File
from holdfast.engines.postgresql import BIN, PACKAGES
from holdfast.engines.postgresql.access import client_roles, mapping, rules
from holdfast.engines.postgresql.settings import (
    REPLICATION_USER,
    configuration,
    keepalives,
    startup,
)
from holdfast.formats.ini import render, section
from holdfast.formats.postgresql import conninfo
from holdfast.pki.credentials import Credentials
from holdfast.plan.model import Plan, PlannedHost, PlannedPostgresql, PlannedService
from holdfast.plan.places import (
    database_name,
    gate_backend,
    postgresql_data,
    postgresql_etc,
    postgresql_unit,
    primary_backend,
    seed_archive,
)
from holdfast.platforms.machines.confinement import UNPRIVILEGED
from holdfast.platforms.machines.endpoints import postgresql_endpoints
from holdfast.platforms.machines.engine import Engine, Seed, variable
from holdfast.platforms.machines.sources import Sources
from holdfast.platforms.machines.units import STORING_NICE, UNITS

_OWNER = "postgres:postgres"


def _files(
    plan: Plan,
    datastore: PlannedPostgresql,
    host: PlannedHost,
    credentials: Credentials,
    sources: Sources,
) -> Iterator[File]:
    etc, unit = postgresql_etc(datastore.name), postgresql_unit(datastore.name)
    own = credentials.host(host.name)
    readable = {
        "postgresql.conf": configuration(plan, datastore, host),
        "pg_hba.conf": rules(plan, datastore),
        "pg_ident.conf": mapping(plan, datastore),
        "server.crt": own.cert,
        "ca.crt": credentials.ca,
    }
    for leaf, content in readable.items():
        yield File(host.name, f"{etc}/{leaf}", content, reloads=(unit,))
    only_at_start = startup(datastore, host)
    yield File(host.name, f"{etc}/startup.conf", only_at_start, restarts=(unit,))
    yield File(host.name, f"{etc}/server.key", own.key, 0o600, _OWNER, secret=True, reloads=(unit,))
    yield File(host.name, f"{UNITS}/{unit}", _unit(datastore.name), restarts=(unit,))


def _unit(datastore: str) -> str:
    data = postgresql_data(datastore)
    return render(
        [
            section(
                "Unit",
                [
                    f"Description=PostgreSQL for datastore {datastore} (the steward starts it)",
                    "After=network.target",
                    "StartLimitIntervalSec=0",
                ],
            ),
            section(
                "Service",
                [
                    "Type=notify",
                    "User=postgres",
                    f"ExecStart={BIN}/postgres -D {data}"
                    f" -c config_file={postgresql_etc(datastore)}/postgresql.conf",
                    "ExecReload=/bin/kill -HUP $MAINPID",
                    "KillMode=mixed",
                    "KillSignal=SIGINT",
                    # A member that was just rewound is ready only when it has streamed.
                    "TimeoutStartSec=infinity",
                    "Restart=no",
                    f"Nice={STORING_NICE}",
                    "OOMScoreAdjust=-900",
                    "Environment=PG_OOM_ADJUST_FILE=/proc/self/oom_score_adj PG_OOM_ADJUST_VALUE=0",
                    *UNPRIVILEGED,
                    f"ReadWritePaths={data} /run/postgresql",
                ],
            ),
        ]
    )


def _steward(plan: Plan, datastore: PlannedPostgresql, _: PlannedHost) -> dict[str, Any]:
    name, etc = datastore.name, postgresql_etc(datastore.name)
    return {
        "members": [{"host": m.host, "preference": m.preference} for m in datastore.members],
        "sync": datastore.sync,
        "unit": postgresql_unit(name),
        "etc": etc,
        "data": postgresql_data(name),
        "bin": BIN,
        "port": datastore.port,
        "client_port": datastore.client_port,
        "gate_port": datastore.gate_port,
        "primary_backend": primary_backend(name),
        "gate_backend": gate_backend(name),
        "tls_name": database_name(name),
        "replication_user": REPLICATION_USER,
        "tls": {"cert": f"{etc}/server.crt", "key": f"{etc}/server.key", "ca": f"{etc}/ca.crt"},
        "roles": list(client_roles(plan, datastore)),
    }


def _environment(
    plan: Plan, service: PlannedService, datastore: PlannedPostgresql
) -> Iterator[tuple[str, str]]:
    """Where the service finds the primary: always on its own host."""
    dsn = conninfo(
        [
            ("host", database_name(datastore.name)),
            ("hostaddr", "127.0.0.1"),
            ("port", datastore.client_port),
            ("dbname", datastore.name),
            ("user", service.name),
            ("application_name", f"{service.name}-%i"),
            ("sslmode", "verify-full"),
            ("sslrootcert", "%d/ca.crt"),
            ("sslcert", "%d/tls.crt"),
            ("sslkey", "%d/tls.key"),
            *keepalives(plan.timers.postgresql),
        ]
    )
    yield f"HOLDFAST_{variable(datastore.name)}_DSN", dsn


ENGINE: Engine[PlannedPostgresql] = Engine(
    packages=PACKAGES,
    files=_files,
    units=lambda datastore: (postgresql_unit(datastore.name),),
    steward=_steward,
    endpoints=postgresql_endpoints,
    peer_ports=lambda datastore: (datastore.port,),
    client_ports=lambda datastore: (datastore.client_port, datastore.read_port),
    environment=_environment,
    secrets=lambda _credentials, _service, _datastore: {},
    seed=lambda datastore: Seed(postgresql_data(datastore.name), seed_archive(datastore.name)),
)

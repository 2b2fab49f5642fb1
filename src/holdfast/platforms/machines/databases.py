"""What lies on a host for its datastores' members, and the units that only the steward starts."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.bundle import File
from holdfast.engines.postgresql import BIN
from holdfast.engines.postgresql.access import mapping, rules
from holdfast.engines.postgresql.settings import configuration, startup
from holdfast.formats.ini import render, section
from holdfast.pki.credentials import Credentials
from holdfast.plan.model import Plan, PlannedDatastore, PlannedHost
from holdfast.plan.places import (
    postgresql_data,
    postgresql_etc,
    postgresql_unit,
    schema_dir,
)
from holdfast.platforms.machines.confinement import UNPRIVILEGED
from holdfast.platforms.machines.sources import Sources
from holdfast.platforms.machines.units import UNITS

_OWNER = "postgres:postgres"


def files(
    plan: Plan, host: PlannedHost, credentials: Credentials, sources: Sources
) -> Iterator[File]:
    # Debian's package would otherwise make and start a cluster of its own.
    yield File(
        host.name,
        "/etc/postgresql-common/createcluster.d/holdfast.conf",
        "create_main_cluster = false\n",
    )
    for datastore in plan.datastores:
        yield from _member(plan, datastore, host, credentials)
        for leaf, source in sources.schemas.get(datastore.name, {}).items():
            yield File(host.name, f"{schema_dir(datastore.name)}/{leaf}", source.content)


def _member(
    plan: Plan, datastore: PlannedDatastore, host: PlannedHost, credentials: Credentials
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
                    "OOMScoreAdjust=-900",
                    "Environment=PG_OOM_ADJUST_FILE=/proc/self/oom_score_adj PG_OOM_ADJUST_VALUE=0",
                    *UNPRIVILEGED,
                    f"ReadWritePaths={data} /run/postgresql",
                ],
            ),
        ]
    )

"""MariaDB Galera on plain machines: one member per host, started by the steward only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from holdfast.bundle import File
from holdfast.engines.mysql import PACKAGES, PROVIDER, SERVER
from holdfast.engines.mysql.access import client_accounts
from holdfast.engines.mysql.settings import configuration
from holdfast.formats.ini import render, section
from holdfast.pki.credentials import Credentials
from holdfast.plan.model import Plan, PlannedHost, PlannedMysql, PlannedService
from holdfast.plan.places import (
    mysql_arguments,
    mysql_data,
    mysql_etc,
    mysql_run,
    mysql_socket,
    mysql_unit,
    primary_backend,
    seed_archive,
)
from holdfast.platforms.machines.confinement import UNPRIVILEGED
from holdfast.platforms.machines.endpoints import client_endpoints
from holdfast.platforms.machines.engine import Engine, Seed, variable
from holdfast.platforms.machines.sources import Sources
from holdfast.platforms.machines.units import STORING_NICE, UNITS

_OWNER = "mysql:mysql"


def _files(
    plan: Plan,
    datastore: PlannedMysql,
    host: PlannedHost,
    credentials: Credentials,
    sources: Sources,
) -> Iterator[File]:
    """What MariaDB reads only when it starts needs a restart, certificates too: one member after
    the other."""
    etc, unit = mysql_etc(datastore.name), mysql_unit(datastore.name)
    own = credentials.host(host.name)
    readable = {
        "my.cnf": configuration(plan, datastore, host),
        "server.crt": own.cert,
        "ca.crt": credentials.ca,
    }
    for leaf, content in readable.items():
        yield File(host.name, f"{etc}/{leaf}", content, restarts=(unit,))
    key = f"{etc}/server.key"
    yield File(host.name, key, own.key, 0o600, _OWNER, secret=True, restarts=(unit,))
    yield File(host.name, f"{UNITS}/{unit}", _unit(datastore.name), restarts=(unit,))


def _unit(datastore: str) -> str:
    data, run = mysql_data(datastore), mysql_run(datastore)
    return render(
        [
            section(
                "Unit",
                [
                    f"Description=MariaDB for datastore {datastore} (the steward starts it)",
                    "After=network.target",
                    "StartLimitIntervalSec=0",
                ],
            ),
            section(
                "Service",
                [
                    "Type=notify",
                    "User=mysql",
                    # Written by the steward: where the member begins, and whom it asks for a copy.
                    f"EnvironmentFile=-{mysql_arguments(datastore)}",
                    f"ExecStart={SERVER} --defaults-file={mysql_etc(datastore)}/my.cnf"
                    " $HOLDFAST_ARGUMENTS",
                    "KillMode=mixed",
                    "SendSIGKILL=yes",
                    # A member that gets a full copy is ready only when it has it.
                    "TimeoutStartSec=infinity",
                    "TimeoutStopSec=30s",
                    "Restart=no",
                    f"Nice={STORING_NICE}",
                    "OOMScoreAdjust=-600",
                    "LimitNOFILE=16384",
                    f"RuntimeDirectory={run.removeprefix('/run/')}",
                    *_CONFINED,
                    "SystemCallFilter=~@privileged",
                    "SystemCallErrorNumber=EPERM",
                    f"ReadWritePaths={data}",
                ],
            ),
        ]
    )


_CONFINED = tuple(
    each
    for each in UNPRIVILEGED
    # The scripts that copy a member look for its processes and ports, and open what they make.
    # Galera sets the priorities of its threads.
    if each
    not in ("ProtectProc=invisible", "ProcSubset=pid", "SystemCallFilter=~@privileged @resources")
)


def _steward(plan: Plan, datastore: PlannedMysql, _: PlannedHost) -> dict[str, Any]:
    name, etc = datastore.name, mysql_etc(datastore.name)
    return {
        "members": [{"host": m.host, "preference": m.preference} for m in datastore.members],
        "addresses": [
            {"host": m.host, "address": f"{plan.host(m.host).address}:{datastore.port}"}
            for m in datastore.members
        ],
        "unit": mysql_unit(name),
        "server": SERVER,
        "provider": PROVIDER,
        "config": f"{etc}/my.cnf",
        "data": mysql_data(name),
        "socket": mysql_socket(name),
        "arguments": mysql_arguments(name),
        "primary_backend": primary_backend(name),
        "accounts": list(client_accounts(plan, datastore)),
    }


def _environment(
    plan: Plan, service: PlannedService, datastore: PlannedMysql
) -> Iterator[tuple[str, str]]:
    """Where the service finds the primary, and readers: always on its own host, over TLS with its
    certificate."""
    prefix = f"HOLDFAST_{variable(datastore.name)}"
    yield f"{prefix}_HOST", "127.0.0.1"
    yield f"{prefix}_PORT", str(datastore.client_port)
    yield f"{prefix}_READ_PORT", str(datastore.read_port)
    yield f"{prefix}_DATABASE", datastore.name
    yield f"{prefix}_USER", service.name


ENGINE: Engine[PlannedMysql] = Engine(
    packages=PACKAGES,
    files=_files,
    units=lambda datastore: (mysql_unit(datastore.name),),
    steward=_steward,
    endpoints=client_endpoints,
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

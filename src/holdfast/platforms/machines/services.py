"""The system's own services: one template unit per service, one environment file per instance."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.bundle import File
from holdfast.engines.postgresql.settings import keepalives
from holdfast.formats import environment
from holdfast.formats.command import systemd_command
from holdfast.formats.ini import render, section
from holdfast.formats.postgresql import conninfo
from holdfast.pki.credentials import Credentials, Pair
from holdfast.plan.model import Plan, PlannedDatastore, PlannedHost, PlannedService
from holdfast.plan.places import database_name, service_dir, service_etc, service_unit
from holdfast.platforms.machines.confinement import UNPRIVILEGED
from holdfast.platforms.machines.sources import Folder, Sources
from holdfast.platforms.machines.units import UNITS, restart

_FIELDS = {
    "address": "${HOLDFAST_ADDRESS}",
    "port": "${HOLDFAST_PORT}",
    "instance": "%i",
    "host": "${HOLDFAST_HOST}",
}
_TLS = {"CERT": "tls.crt", "KEY": "tls.key", "CA": "ca.crt"}
"""Environment variable HOLDFAST_TLS_... -> file in the unit's credentials folder."""


def files(
    plan: Plan, host: PlannedHost, credentials: Credentials, sources: Sources
) -> Iterator[File]:
    for service in plan.services:
        units = unit_names(service, host)
        if not units:
            continue
        name = service.name
        yield File(
            host.name,
            f"{UNITS}/holdfast-{name}@.service",
            _unit(plan, service, host),
            restarts=units,
        )
        yield from _instances(service, host)
        yield from _tls(name, host, credentials.service(name), credentials.ca, units)
        yield from _source(name, host, sources.services.get(name, {}), units)


def unit_names(service: PlannedService, host: PlannedHost) -> tuple[str, ...]:
    return tuple(service_unit(service.name, i.index) for i in service.on(host.name))


def _instances(service: PlannedService, host: PlannedHost) -> Iterator[File]:
    for instance in service.on(host.name):
        yield File(
            host.name,
            f"{service_etc(service.name)}/{instance.index}.env",
            environment.render([("HOLDFAST_PORT", str(instance.port))]),
            restarts=(service_unit(service.name, instance.index),),
        )


def _tls(
    service: str, host: PlannedHost, pair: Pair, ca: str, units: tuple[str, ...]
) -> Iterator[File]:
    etc = service_etc(service)
    yield File(host.name, f"{etc}/tls.crt", pair.cert, restarts=units)
    yield File(host.name, f"{etc}/tls.key", pair.key, 0o600, secret=True, restarts=units)
    yield File(host.name, f"{etc}/ca.crt", ca, restarts=units)


def _source(
    service: str, host: PlannedHost, folder: Folder, units: tuple[str, ...]
) -> Iterator[File]:
    for path, source in folder.items():
        mode = 0o755 if source.executable else 0o644
        yield File(
            host.name, f"{service_dir(service)}/{path}", source.content, mode, restarts=units
        )


def _unit(plan: Plan, service: PlannedService, host: PlannedHost) -> str:
    etc = service_etc(service.name)
    return render(
        [
            section(
                "Unit",
                [
                    f"Description=Service {service.name}, instance %i",
                    "After=network-online.target",
                    "StartLimitIntervalSec=0",
                ],
            ),
            section(
                "Service",
                [
                    f"ExecStart={systemd_command(service.spec.run, _FIELDS)}",
                    *restart(plan.timers.systemd.restart_ms),
                    "DynamicUser=yes",
                    *(
                        [f"WorkingDirectory={service_dir(service.name)}"]
                        if service.spec.source
                        else []
                    ),
                    f"EnvironmentFile={etc}/%i.env",
                    *(
                        f'Environment="{name}={value}"'
                        for name, value in _environment(plan, service, host)
                    ),
                    *(f"LoadCredential={leaf}:{etc}/{leaf}" for leaf in _TLS.values()),
                    f"MemoryMax={service.spec.memory}",
                    "TasksMax=128",
                    *UNPRIVILEGED,
                ],
            ),
            section("Install", ["WantedBy=multi-user.target"]),
        ]
    )


def _environment(
    plan: Plan, service: PlannedService, host: PlannedHost
) -> Iterator[tuple[str, str]]:
    yield "PYTHONDONTWRITEBYTECODE", "1"
    yield "HOLDFAST_HOST", host.name
    yield "HOLDFAST_ADDRESS", str(host.address)
    yield "HOLDFAST_INSTANCE", "%i"
    for name, leaf in _TLS.items():
        yield f"HOLDFAST_TLS_{name}", f"%d/{leaf}"
    for need in service.spec.needs:
        variable = need.upper().replace("-", "_")
        yield f"HOLDFAST_{variable}_DSN", _dsn(plan, service, plan.datastore(need))


def _dsn(plan: Plan, service: PlannedService, datastore: PlannedDatastore) -> str:
    """Where the service finds a datastore's primary: always on its own host."""
    return conninfo(
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

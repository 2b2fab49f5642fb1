"""The system's own services: one template unit per service, one environment file per instance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from holdfast.bundle import File
from holdfast.formats import environment
from holdfast.formats.command import systemd_command
from holdfast.formats.ini import render, section
from holdfast.pki.credentials import Credentials, Pair
from holdfast.plan.model import Plan, PlannedHost, PlannedService
from holdfast.plan.places import service_dir, service_etc, service_unit
from holdfast.platforms.machines.confinement import UNPRIVILEGED
from holdfast.platforms.machines.engines import engine
from holdfast.platforms.machines.sources import Folder, Sources
from holdfast.platforms.machines.units import UNITS, restart

_FIELDS = {
    "address": "${HOLDFAST_ADDRESS}",
    "port": "${HOLDFAST_PORT}",
    "instance": "%i",
    "host": "${HOLDFAST_HOST}",
}
_KEYRING = "jwt.json"
"""The keys that tokens are signed with, for the service that signs. systemd hands them over when an
instance starts: with other ones, instances are restarted host by host while the others serve, and
no process has to watch a file, or to be able to read one of root's."""

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
            _unit(plan, service, host, _secrets(plan, service, credentials)),
            restarts=units,
        )
        yield from _instances(service, host)
        yield from _tls(name, host, credentials.service(name), credentials.ca, units)
        for leaf, content in _secrets(plan, service, credentials).items():
            path = f"{service_etc(name)}/{leaf}"
            yield File(host.name, path, content, 0o600, secret=True, restarts=units)
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


def _unit(plan: Plan, service: PlannedService, host: PlannedHost, secrets: Iterable[str]) -> str:
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
                    *(f"LoadCredential={leaf}:{etc}/{leaf}" for leaf in (*_TLS.values(), *secrets)),
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
    if plan.jwt and plan.jwt.signer == service.name:
        yield "HOLDFAST_JWT_KEYS", f"%d/{_KEYRING}"
        yield "HOLDFAST_JWT_ISSUER", plan.jwt.issuer
        yield "HOLDFAST_JWT_AUDIENCE", plan.jwt.audience
    for need in service.spec.needs:
        datastore = plan.datastore(need)
        yield from engine(datastore).environment(plan, service, datastore)


def _secrets(plan: Plan, service: PlannedService, credentials: Credentials) -> dict[str, str]:
    """What the service alone may know, besides its private key, by file name."""
    found: dict[str, str] = {}
    if plan.jwt and plan.jwt.signer == service.name:
        found[_KEYRING] = credentials.keyring
    for need in service.spec.needs:
        datastore = plan.datastore(need)
        found |= engine(datastore).secrets(credentials, service, datastore)
    return found

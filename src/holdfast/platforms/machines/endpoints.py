"""haproxy for datastores: the clients' way to the primary, and the gate of replication."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from holdfast.formats.haproxy import Section, line
from holdfast.plan.model import Plan, PlannedHost, PlannedMysql, PlannedPostgresql
from holdfast.plan.places import (
    CA_CERT,
    HOST_PEM,
    STEWARD_PORT,
    gate_backend,
    primary_backend,
    reader_backend,
)
from holdfast.timers.model import Postgresql

_NEVER = "24d"
"""haproxy's longest duration. Idle connections may stay; dead peers are found by keepalives."""


def postgresql_endpoints(
    plan: Plan, datastore: PlannedPostgresql, host: PlannedHost
) -> Iterator[Section]:
    yield from client_endpoints(plan, datastore, host)
    name = gate_backend(datastore.name)
    yield _frontend(name, ("127.0.0.1",), datastore.gate_port)
    yield _gate(plan, datastore)


def client_endpoints(
    plan: Plan, datastore: PlannedPostgresql | PlannedMysql, host: PlannedHost
) -> Iterator[Section]:
    """The way to the primary, and the way to all members that may serve reads."""
    everybody = ("127.0.0.1", str(host.address))
    name = primary_backend(datastore.name)
    yield _frontend(name, everybody, datastore.client_port)
    yield _backend(plan, datastore, name, "primary", "disabled")
    name = reader_backend(datastore.name)
    yield _frontend(name, everybody, datastore.read_port)
    yield _backend(plan, datastore, name, "reader")


def _frontend(backend: str, addresses: tuple[str, ...], port: int) -> Section:
    return Section(
        "frontend",
        f"to-{backend}",
        (
            line("mode tcp"),
            *(line(f"bind {address}:{port}") for address in addresses),
            line("option clitcpka"),
            line(f"timeout client {_NEVER}"),
            line(f"default_backend {backend}"),
        ),
    )


def _backend(
    plan: Plan,
    datastore: PlannedPostgresql | PlannedMysql,
    name: str,
    role: Literal["primary", "reader"],
    *state: Literal["disabled"],
) -> Section:
    """The check asks each host's steward for the role. Of a primary's backend all servers are
    disabled in the file: the steward readies exactly one, and the check is the second line."""
    check = (
        line("option httpchk"),
        line(
            f"http-check send meth GET uri /{role}/{datastore.name} ver HTTP/1.1 hdr Host steward"
        ),
        line("http-check expect status 200"),
        line(
            f"default-server check-ssl verify required ca-file {CA_CERT} crt {HOST_PEM}"
            f" port {STEWARD_PORT}"
        ),
    )
    servers = (
        line(
            " ".join(("server", host, f"{address}:{datastore.port}", *state, "check"))
            + f" check-sni {host} verifyhost {host}"
        )
        for host, address in _members(plan, datastore)
    )
    return Section("backend", name, (*_stream(plan.timers.postgresql), *check, *servers))


def _gate(plan: Plan, datastore: PlannedPostgresql) -> Section:
    """All servers disabled in the file, so that a restarted haproxy is a closed gate. No check:
    whether it is open is nobody's decision but the steward's."""
    servers = (
        line(f"server {host} {address}:{datastore.port} disabled")
        for host, address in _members(plan, datastore)
    )
    # A walreceiver asks again by itself, and must not be kept waiting in here meanwhile.
    once = (line("retries 0"), line("no option redispatch"))
    return Section(
        "backend", gate_backend(datastore.name), (*_stream(plan.timers.postgresql), *once, *servers)
    )


def _stream(timers: Postgresql) -> tuple[tuple[str, ...], ...]:
    return (
        line("mode tcp"),
        line("option srvtcpka"),
        line(f"srvtcpka-idle {timers.keepalives_idle_s}s"),
        line(f"srvtcpka-intvl {timers.keepalives_interval_s}s"),
        line(f"srvtcpka-cnt {timers.keepalives_count}"),
        line(f"timeout server {_NEVER}"),
    )


def _members(plan: Plan, datastore: PlannedPostgresql | PlannedMysql) -> list[tuple[str, str]]:
    return [(m.host, str(plan.host(m.host).address)) for m in datastore.members]

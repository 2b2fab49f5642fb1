"""haproxy: unit, files, and the parts of haproxy.cfg that all hosts share."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.bundle import File
from holdfast.formats.haproxy import Section, line, render
from holdfast.pki.credentials import Credentials
from holdfast.plan.model import Plan, PlannedHost
from holdfast.plan.places import CA_CERT, EDGE_PEM, HAPROXY_SOCKET, HOST_PEM
from holdfast.platforms.machines.confinement import COMMON
from holdfast.platforms.machines.engines import engine
from holdfast.platforms.machines.gateway import gateway
from holdfast.platforms.machines.units import drop_in, restart
from holdfast.timers.model import Haproxy, Postgresql

UNIT = "haproxy.service"
EDGE_STATE = "/run/haproxy/edge"
"""Holds 0 while haproxy serves, and keepalived's number for "give the addresses away" when it was
stopped or cannot start. Not when it was killed: it is back sooner than an address has moved."""

_GIVE_AWAY = -254

_MODERN_CIPHERS = ":".join(
    f"ECDHE-{kind}-{cipher}"
    for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")
    for kind in ("ECDSA", "RSA")
)


def files(plan: Plan, host: PlannedHost, credentials: Credentials) -> Iterator[File]:
    """haproxy is restarted, never reloaded: a reload keeps the old process for its connections,
    and a gate that is open in there can no longer be closed."""
    restarts = (UNIT,)
    yield File(host.name, "/etc/haproxy/haproxy.cfg", configuration(plan, host), restarts=restarts)
    for path, content in (
        (EDGE_PEM, credentials.edge.pem),
        (HOST_PEM, credentials.host(host.name).pem),
    ):
        yield File(host.name, path, content, 0o600, secret=True, restarts=restarts)
    yield File(host.name, CA_CERT, credentials.ca, restarts=restarts)
    yield drop_in(host.name, UNIT, _service(plan))


def configuration(plan: Plan, host: PlannedHost) -> str:
    return render(
        [
            _global(plan),
            _defaults(plan.timers.haproxy, plan.timers.postgresql),
            *gateway(plan),
            *(s for d in plan.datastores for s in engine(d).endpoints(plan, d, host)),
        ]
    )


def _service(plan: Plan) -> list[str]:
    return [
        *restart(plan.timers.systemd.restart_ms),
        # No reload (see above), and no master socket that could ask for one.
        "ExecReload=",
        "Environment=EXTRAOPTS=",
        f"ExecStartPost=/bin/sh -c 'echo 0 >{EDGE_STATE}'",
        "ExecStopPost=/bin/sh -c "
        f"'test \"$$SERVICE_RESULT\" = signal || echo {_GIVE_AWAY} >{EDGE_STATE}'",
        *COMMON,
        "ReadWritePaths=/run /var/lib/haproxy",
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
        "CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_SETUID CAP_SETGID CAP_SYS_CHROOT"
        " CAP_CHOWN CAP_FOWNER CAP_DAC_OVERRIDE CAP_KILL",
    ]


def _global(plan: Plan) -> Section:
    return Section(
        "global",
        "",
        (
            line("log stdout format raw daemon notice"),
            line("user haproxy"),
            line("group haproxy"),
            line("chroot /var/lib/haproxy"),
            line(f"stats socket {HAPROXY_SOCKET} mode 600 level admin"),
            line(f"stats timeout {plan.timers.haproxy.client_ms}ms"),
            line("maxconn 4000"),
            line("nbthread 2"),
            line("ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets"),
            line(f"ssl-default-bind-ciphers {_MODERN_CIPHERS}"),
            line("ssl-default-server-options ssl-min-ver TLSv1.3"),
        ),
    )


def _defaults(timers: Haproxy, database: Postgresql) -> Section:
    return Section(
        "defaults",
        "",
        (
            line("log global"),
            line("option dontlognull"),
            # One line per request would cost more than the request.
            line("option dontlog-normal"),
            line("option splice-auto"),
            line("option redispatch 1"),
            line(f"retries {timers.retries}"),
            line(f"timeout connect {timers.connect_ms}ms"),
            line(f"timeout queue {timers.connect_ms}ms"),
            line(f"timeout client {timers.client_ms}ms"),
            line(f"timeout server {timers.server_ms}ms"),
            line(f"timeout http-request {timers.server_ms}ms"),
            line(f"timeout check {timers.check_ms}ms"),
            line(
                f"default-server inter {timers.inter_ms}ms fastinter {timers.fastinter_ms}ms"
                f" downinter {timers.downinter_ms}ms fall {timers.fall} rise {timers.rise}"
            ),
        ),
    )

"""haproxy: unit, files, and the parts of haproxy.cfg that all hosts share.

Certificates and maps are loaded into the running process (`steward refresh`), so that what changes
with time costs no connection; everything else takes a restart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from holdfast.bundle import File
from holdfast.formats.haproxy import Section, line, render
from holdfast.pki.credentials import Credentials
from holdfast.pki.tokens import TokenKey
from holdfast.plan.model import Plan, PlannedHost
from holdfast.plan.places import (
    CA_CERT,
    EDGE_PEM,
    HAPROXY_SOCKET,
    HOST_PEM,
    LIB,
    ROUTES_MAP,
    TOKEN_KEYS_MAP,
    token_key,
)
from holdfast.platforms.machines.confinement import COMMON
from holdfast.platforms.machines.engines import engine
from holdfast.platforms.machines.gateway import gateway, routes_map
from holdfast.platforms.machines.units import ROUTING_NICE, drop_in, restart
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
    restarts = (UNIT,)
    text = configuration(plan, host, credentials.tokens)
    yield File(host.name, "/etc/haproxy/haproxy.cfg", text, restarts=restarts)
    for path, content in (
        (EDGE_PEM, credentials.edge.pem),
        (HOST_PEM, credentials.host(host.name).pem),
    ):
        yield File(host.name, path, content, 0o600, secret=True, reloads=restarts)
    yield File(host.name, ROUTES_MAP, routes_map(plan), restarts=restarts)
    yield from _tokens(host, credentials.tokens)
    yield File(host.name, CA_CERT, credentials.ca, restarts=restarts)
    yield drop_in(host.name, UNIT, _service(plan))


def _tokens(host: PlannedHost, keys: Sequence[TokenKey]) -> Iterator[File]:
    for key in keys:
        yield File(host.name, token_key(key.kid), key.public, restarts=(UNIT,))
    if keys:
        rows = (f"{key.kid} {'yes' if key.accepted else 'no'}\n" for key in keys)
        yield File(host.name, TOKEN_KEYS_MAP, "".join(rows), reloads=(UNIT,))


def configuration(plan: Plan, host: PlannedHost, keys: Sequence[TokenKey]) -> str:
    return render(
        [
            _global(plan, host),
            _defaults(plan.timers.haproxy, plan.timers.postgresql),
            *gateway(plan, host, keys),
            *(s for d in plan.datastores for s in engine(d).endpoints(plan, d, host)),
        ]
    )


def _service(plan: Plan) -> list[str]:
    return [
        *restart(plan.timers.systemd.restart_ms),
        f"Nice={ROUTING_NICE}",
        # haproxy's own reload keeps the old process for its connections, and a gate that is open in
        # there can no longer be closed. Ours stays; and no master socket could ask for the other.
        "ExecReload=",
        f"ExecReload=/usr/bin/env -C {LIB} /usr/bin/python3 -m steward refresh",
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


def _global(plan: Plan, host: PlannedHost) -> Section:
    return Section(
        "global",
        "",
        (
            line("log stdout format raw daemon notice"),
            line(f"localpeer {host.name}"),
            line("user haproxy"),
            line("group haproxy"),
            line("chroot /var/lib/haproxy"),
            line(f"stats socket {HAPROXY_SOCKET} mode 600 level admin"),
            line(f"stats timeout {plan.timers.haproxy.client_ms}ms"),
            line("maxconn 4000"),
            line("nbthread 2"),
            line("ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets"),
            line(f"ssl-default-bind-ciphers {_MODERN_CIPHERS}"),
            line("ssl-default-bind-curves X25519:P-256:P-384"),
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
            # One line per connection would cost more than the connection.
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

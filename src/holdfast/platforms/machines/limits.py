"""Rate limits that hold for all gateways together.

haproxy's peers copy a table's entries from host to host, the last writer wins; they do not add up.
So every host counts in a table of its own, which its peers get copies of, and a client's rate is
the sum over the hosts' tables. A host that is lost, or begins anew, takes no count away: the copies
stay, and teach it its own when it is back.
"""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.formats.haproxy import Section, line
from holdfast.plan.model import Plan, PlannedHost
from holdfast.plan.places import CA_CERT, HOST_PEM, PEERS_PORT
from holdfast.platforms.machines.answers import Words, refuse
from holdfast.platforms.machines.guard import SUBJECT
from holdfast.spec.model import Route

PEERS = "gateways"
_ENTRIES = "20k"
"""Clients that are remembered per host and limit, about 200 bytes each; the oldest give way."""

_KEY_LENGTH = 160
_PERIODS = {"s": 1, "m": 60}
CONNECTIONS = "connections"
_CONNECTIONS_EACH = 1000
"""Half of what the edge takes: nobody can have it all."""


def sections(plan: Plan, host: PlannedHost) -> Iterator[Section]:
    table = line(f"stick-table type ip size {_ENTRIES} expire 1m store conn_cur")
    yield Section("backend", CONNECTIONS, (table,))
    limited = _limited(plan)
    if limited:
        yield _peers(plan, host)
    for number, route in limited:
        for each in plan.hosts:
            yield Section("backend", _table(number, each), (_counts(route),))


def connections() -> Iterator[Words]:
    yield line(f"tcp-request connection track-sc1 src table {CONNECTIONS}")
    yield line(f"tcp-request connection reject if {{ sc1_conn_cur gt {_CONNECTIONS_EACH} }}")


def rules(plan: Plan, host: PlannedHost) -> Iterator[Words]:
    """Only what is let through is counted: who asks too often gets his rate, and no more."""
    limited = _limited(plan)
    if not limited:
        return
    yield line("http-request set-var-fmt(txn.client)", "address:%[src]")
    known = line(f"if {{ var({SUBJECT}) -m found }}")
    yield line("http-request set-var-fmt(txn.client)", f"subject:%[var({SUBJECT})]", *known)
    for number, route in limited:
        here = line(f"if {{ var(txn.route) -m str {route.key} }}")
        count, period = _rate(route)
        yield line("http-request set-var(txn.used) int(0)", *here)
        for each in plan.hosts:
            rate = f"var(txn.client),table_gpc0_rate({_table(number, each)}),add(txn.used)"
            yield line(f"http-request set-var(txn.used) {rate}", *here)
        over = line(f"{{ var(txn.used) -m int ge {count} }}")
        yield refuse(429, "too many requests", *here, *over, headers={"Retry-After": str(period)})
        yield line(f"http-request track-sc0 var(txn.client) table {_table(number, host)}", *here)
        yield line("http-request sc-inc-gpc0(0)", *here)


def _limited(plan: Plan) -> list[tuple[int, Route]]:
    return list(enumerate((route for route in plan.routes if route.rate), start=1))


def _table(number: int, host: PlannedHost) -> str:
    return f"limit-{number}-{host.name}"


def _rate(route: Route) -> tuple[int, int]:
    """Requests, and seconds."""
    count, _, unit = str(route.rate).partition("/")
    return int(count), _PERIODS[unit]


def _counts(route: Route) -> Words:
    period = _rate(route)[1]
    return line(
        f"stick-table type string len {_KEY_LENGTH} size {_ENTRIES} expire {3 * period}s"
        f" store gpc0,gpc0_rate({period}s) peers {PEERS}"
    )


def _peers(plan: Plan, host: PlannedHost) -> Section:
    """haproxy knows itself by `localpeer`, and everybody else by address and name."""
    tls = f"ssl crt {HOST_PEM} ca-file {CA_CERT} verify required"
    others = (
        line(f"server {each.name} {each.address}:{PEERS_PORT} verifyhost {each.name}")
        for each in plan.hosts
        if each != host
    )
    return Section(
        "peers",
        PEERS,
        (
            line(f"bind {host.address}:{PEERS_PORT} {tls}"),
            line(f"default-server {tls}"),
            line(f"server {host.name}"),
            *others,
        ),
    )

"""haproxy as the API gateway: TLS from outside, routes, and mutual TLS to every instance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from holdfast.formats.haproxy import Section, line
from holdfast.pki.tokens import TokenKey
from holdfast.plan.model import Plan, PlannedHost, PlannedService
from holdfast.plan.places import (
    CA_CERT,
    EDGE_PEM,
    EDGE_PORT,
    HOST_PEM,
    METRICS_PORT,
    ROUTES_MAP,
    service_backend,
    service_name,
)
from holdfast.platforms.machines import answers, guard, limits
from holdfast.platforms.machines.answers import Words
from holdfast.spec.model import Route

EDGE_CONNECTIONS = 2000
"""Half of what haproxy takes: however many users come, the databases can still be reached."""

_NOWHERE = "nowhere"
_IDEMPOTENT = line("{ method GET HEAD OPTIONS }")
_LOW_DELAY = 0x10
"""A type of service, in the IP header (RFC 1349, section 4)."""

_LOG = (
    "%{+json}o %(client)ci %(subject)[var(txn.subject)] %(method)HM %(path)HPO %(status)ST"
    " %(route)[var(txn.route)] %(backend)b %(server)s %(bytes)B %(ms)Ta %(end)ts"
    " %(id)[var(txn.id)] %(trace)[var(txn.trace)]"
)
"""One JSON object. No query, no header that could be a secret."""


def gateway(plan: Plan, host: PlannedHost, keys: Sequence[TokenKey]) -> Iterator[Section]:
    yield from limits.sections(plan, host)
    yield _frontend(plan, host, keys)
    for service in plan.services:
        yield _backend(plan, service)
    yield Section("backend", _NOWHERE, (line("mode http"), answers.refuse(404, "no such route")))
    yield _metrics(host)


def routes_map(plan: Plan) -> str:
    """The longest key that a path begins with wins. Keys end in a slash, and so does the path that
    is looked up: `/api` leads there, and so does all below `/api/`; `/apis` does not."""
    paths = (route.key for route in plan.routes)
    return "".join(f"{path.rstrip('/')}/ {path}\n" for path in paths)


def _frontend(plan: Plan, host: PlannedHost, keys: Sequence[TokenKey]) -> Section:
    timers = plan.timers.gateway
    return Section(
        "frontend",
        "edge",
        (
            line(f"bind :{EDGE_PORT} ssl crt {EDGE_PEM} alpn h2,http/1.1"),
            line("mode http"),
            line(f"maxconn {EDGE_CONNECTIONS}"),
            line(f"timeout http-request {timers.request_ms}ms"),
            line(f"timeout http-keep-alive {timers.keep_alive_ms}ms"),
            *_log(plan),
            *limits.connections(),
            *guard.form(plan.body),
            # A body that comes byte by byte is waited for here, not by a service.
            line(f"http-request wait-for-body time {timers.request_ms}ms"),
            line(f"http-request set-var(txn.route) path,concat(/),map_beg({ROUTES_MAP},none)"),
            *(guard.token(plan, plan.jwt, keys) if plan.jwt else ()),
            *limits.rules(plan, host),
            *answers.headers(),
            *answers.errors(for_people=False),
            *(_route(route) for route in plan.routes),
            line(f"default_backend {_NOWHERE}"),
        ),
    )


def _log(plan: Plan) -> Iterator[Words]:
    """One line per request costs more than the request: only failures, unless asked for."""
    # haproxy logs requests as information, and of that all others say too much.
    yield line("no log")
    yield line("log stdout format raw daemon info")
    yield line("no option dontlog-normal")
    yield line("log-format", _LOG)
    if plan.log == "failures":
        yield line("http-after-response set-log-level silent if { status lt 400 }")


def _route(route: Route) -> Words:
    backend = service_backend(route.service)
    return line(f"use_backend {backend} if {{ var(txn.route) -m str {route.key} }}")


def _backend(plan: Plan, service: PlannedService) -> Section:
    addresses = {host.name: host.address for host in plan.hosts}
    name = service_name(service.name)
    servers = (
        line(f"server {i.host}-{i.index} {addresses[i.host]}:{i.port} check")
        for i in service.instances
    )
    return Section(
        "backend",
        service_backend(service.name),
        (
            line("mode http"),
            line("balance roundrobin"),
            *answers.errors(for_people=_shown_to_people(plan, service)),
            *answers.unserved(),
            line("option httpchk"),
            line(
                f"http-check send meth GET uri {service.spec.health} ver HTTP/1.1 hdr Host {name}"
            ),
            line("http-check expect status 200"),
            *_retries(),
            line(
                f"default-server ssl verify required ca-file {CA_CERT} crt {HOST_PEM}"
                f" sni str({name}) check-sni {name} verifyhost {name}"
            ),
            *servers,
        ),
    )


def _retries() -> Iterator[Words]:
    """What may be asked twice is asked again elsewhere; anything else only if it never left.

    A write gets a connection of its own to the instance. When one that was kept ends without an
    answer, haproxy ends the client's, too, without a word, and browsers then ask again by
    themselves, whatever it was. On a new one it answers 502. Connections are shared only between
    requests of the same type of service (RFC 1349): that is how a write never gets a kept one.
    """
    yield line("retry-on conn-failure empty-response response-timeout")
    yield line("http-request disable-l7-retry unless", *_IDEMPOTENT)
    yield line(f"http-request set-bc-tos int({_LOW_DELAY}) unless", *_IDEMPOTENT)
    yield line("http-request set-header Connection close unless", *_IDEMPOTENT)


def _shown_to_people(plan: Plan, service: PlannedService) -> bool:
    paths = [route.path for route in plan.routes if route.service == service.name]
    return any(not path.startswith("/api") for path in paths)


def _metrics(host: PlannedHost) -> Section:
    """For Prometheus; the firewall lets operators in only."""
    return Section(
        "frontend",
        "metrics",
        (
            line(f"bind {host.address}:{METRICS_PORT} ssl crt {HOST_PEM}"),
            line("mode http"),
            line("http-request use-service prometheus-exporter if { path /metrics }"),
            answers.refuse(404, "only /metrics is here"),
        ),
    )

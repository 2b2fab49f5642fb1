"""haproxy as the API gateway: TLS from outside, routes, and mutual TLS to every instance."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.formats.haproxy import Section, line
from holdfast.plan.model import Plan, PlannedService
from holdfast.plan.places import (
    CA_CERT,
    EDGE_PEM,
    EDGE_PORT,
    HOST_PEM,
    service_backend,
    service_name,
)
from holdfast.spec.model import Route

_NOWHERE = "nowhere"
_IDEMPOTENT = line("{ method GET HEAD OPTIONS }")


def gateway(plan: Plan) -> Iterator[Section]:
    yield _frontend(plan)
    for service in plan.services:
        yield _backend(plan, service)
    yield Section(
        "backend",
        _NOWHERE,
        (
            line("mode http"),
            line("http-request return status 404 content-type text/plain string", "no such route"),
        ),
    )


def _frontend(plan: Plan) -> Section:
    return Section(
        "frontend",
        "edge",
        (
            line(f"bind :{EDGE_PORT} ssl crt {EDGE_PEM} alpn h2,http/1.1"),
            line("mode http"),
            line("http-request set-header X-Request-Id %[uuid()]"),
            line("http-request set-header X-Forwarded-For %[src]"),
            line("http-request set-header X-Forwarded-Proto https"),
            line("http-response set-header Strict-Transport-Security max-age=31536000"),
            line("http-after-response set-header X-Served-Through %[hostname]"),
            line(f"default_backend {_NOWHERE}"),
            *(_route(route) for route in plan.routes),
        ),
    )


def _route(route: Route) -> tuple[str, ...]:
    """`/api` leads there, and so does everything below `/api/`; `/apis` does not."""
    backend, path = service_backend(route.service), route.path.rstrip("/")
    if not path:
        return line(f"default_backend {backend}")
    return line(f"use_backend {backend} if {{ path {path} }} || {{ path_beg {path}/ }}")


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
            line("option httpchk"),
            line(
                f"http-check send meth GET uri {service.spec.health} ver HTTP/1.1 hdr Host {name}"
            ),
            line("http-check expect status 200"),
            # What may be asked twice is asked again elsewhere; anything else only if it never left.
            line("retry-on conn-failure empty-response response-timeout"),
            line("http-request disable-l7-retry unless", *_IDEMPOTENT),
            line(
                f"default-server ssl verify required ca-file {CA_CERT} crt {HOST_PEM}"
                f" sni str({name}) check-sni {name} verifyhost {name}"
            ),
            *servers,
        ),
    )

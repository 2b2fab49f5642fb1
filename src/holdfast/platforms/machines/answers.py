"""What the gateway says by itself: refusals, and the headers of every answer."""

from __future__ import annotations

import json
from collections.abc import Iterator

from holdfast.formats.haproxy import line

Words = tuple[str, ...]

_JSON = "application/json"
_HTML = "text/html; charset=utf-8"

_ERRORS = {
    400: "not understood",
    408: "too slow",
    502: "bad answer from the service",
    503: "no instance can serve right now",
    504: "no answer from the service in time",
}
"""What haproxy answers itself, by status."""

_TRY_AGAIN = {503: "1"}
"""Status -> seconds after which asking again is worth it: an instance is back sooner, as a rule."""

_HEADERS = {
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self';"
        " frame-ancestors 'none'"
    ),
}
"""As OWASP's Secure Headers Project has them, for pages that load from their own origin only. A
service that sets one itself knows better."""


def refuse(
    status: int, error: str, *condition: str, headers: dict[str, str] | None = None
) -> Words:
    """An answer to the request in JSON, when `condition` holds."""
    return line(
        f"http-request return status {status} content-type {_JSON} string",
        _body(error),
        *_with(headers or {}),
        *condition,
    )


def errors(*, for_people: bool) -> Iterator[Words]:
    """haproxy's own errors: as a small page, or as JSON."""
    for status in _ERRORS:
        yield line(f"http-error status {status}", *_error(status, for_people=for_people))


def unserved() -> Iterator[Words]:
    """At once, where haproxy would first try all that is down. Programs ask below /api."""
    nobody = line("if { nbsrv lt 1 }")
    for_programs = line("{ path /api } || { nbsrv lt 1 } { path_beg /api/ }")
    answer = line("http-request return status 503")
    yield (*answer, *_error(503, for_people=False), *nobody, *for_programs)
    yield (*answer, *_error(503, for_people=True), *nobody)


def _error(status: int, *, for_people: bool) -> Words:
    text = _ERRORS[status]
    kind, body = (_HTML, _page(status, text)) if for_people else (_JSON, _body(text))
    wait = {"Retry-After": _TRY_AGAIN[status]} if status in _TRY_AGAIN else {}
    return ("content-type", kind, "string", body, *_with(wait))


def headers() -> Iterator[Words]:
    """On answers of services, and on our own alike."""
    yield line("http-after-response del-header Server")
    yield line("http-after-response set-header X-Request-Id %[var(txn.id)]")
    yield line("http-after-response set-header X-Served-Through %[hostname]")
    for name, value in _HEADERS.items():
        unset = line(f"unless {{ res.fhdr({name}) -m found }}")
        yield line(f"http-after-response set-header {name}", value, *unset)


def _body(error: str) -> str:
    return json.dumps({"error": error})


def _page(status: int, text: str) -> str:
    return (
        f"<!doctype html><html lang=en><title>{status}</title>"
        f"<h1>{status}</h1><p>{text.capitalize()}. Please try again in a moment.</html>"
    )


def _with(headers: dict[str, str]) -> Words:
    return tuple(word for name, value in headers.items() for word in ("hdr", name, value))

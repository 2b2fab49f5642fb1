"""What a request must be like before it reaches a service: form, size, token."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from holdfast.formats.haproxy import line
from holdfast.pki.tokens import TokenKey
from holdfast.plan.model import Plan, PlannedJwt
from holdfast.plan.places import TOKEN_KEYS_MAP, token_key
from holdfast.platforms.machines.answers import Words, refuse

Refusal = Callable[..., Words]
"""From the words of a condition to a rule."""

SUBJECT = "txn.subject"
"""haproxy variable: whose the verified token is; not set without one."""

_OURS = r"(?i)^x[-_](holdfast|forwarded|real|request)[-_]"
"""Headers that services believe, hence that nobody sends but us. With underscores, too: some
frameworks do not tell them apart."""

_CONFUSING = (
    r"//|/\.\.?(/|$)|\\|%00"
    r"|%(2[def]|3[0-9]|4[1-9a-f]|5[0-9acf]|6[1-9a-f]|7[0-9ae])"
    r"|%(?![0-9a-f]{2})"
)
"""Paths that a service may read as another one than we do: empty and dot segments, backslashes, and
encodings of what needs none (RFC 3986, section 2.3) or of a slash. No browser sends them."""

_TRACE = "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"
"""W3C Trace Context, section 3.2."""

_SUBJECTS = "^[!-~]{1,128}$"
"""Visible ASCII: it becomes a header and the key of a table."""


def form(body_limit: int) -> Iterator[Words]:
    """Request ids, headers that are ours, paths that mean one thing, bodies of a known size."""
    yield line("http-request set-var(txn.id) uuid(7)")
    yield line("http-request del-header", _OURS, "-m", "reg")
    yield line("http-request set-header X-Request-Id %[var(txn.id)]")
    yield line("http-request set-header X-Forwarded-For %[src]")
    yield line("http-request set-header X-Forwarded-Proto https")
    untraceable = line("unless { req.fhdr(traceparent) -m reg", _TRACE, "}")
    for name in ("tracestate", "traceparent"):
        yield line(f"http-request del-header {name}", *untraceable)
    yield line("http-request set-var(txn.trace) req.fhdr(traceparent)")
    confusing = line("if { path -m reg -i", _CONFUSING, "}")
    yield refuse(400, "ambiguous path", *confusing)
    # haproxy counts only what was announced; so nothing else is let in.
    yield refuse(411, "length required", *line("if { req.fhdr(transfer-encoding) -m found }"))
    unknown = line("if { req.body_size gt 0 } !{ req.fhdr(content-length) -m found }")
    yield refuse(411, "length required", *unknown)
    yield refuse(413, "body too large", *line(f"if {{ req.body_size gt {body_limit} }}"))


def token(plan: Plan, jwt: PlannedJwt, keys: Sequence[TokenKey]) -> Iterator[Words]:
    """A valid token, or 401. The algorithm is ours to choose: it is compared before anything is
    verified, and never taken from the token (RFC 8725, section 3.1)."""
    routes = [route.key for route in plan.routes if route.auth]
    if not routes:
        return
    yield line("acl guarded var(txn.route) -m str", *routes)
    yield refuse(400, "two tokens", *line("if guarded { req.fhdr_cnt(authorization) gt 1 }"))
    yield line("http-request set-var(txn.token) http_auth_bearer if guarded")
    realm = f'Bearer realm="{plan.system}"'
    missing = _unauthorized("token required", realm)
    yield missing("!{ var(txn.token) -m len gt 0 }")
    invalid = _unauthorized("invalid token", f'{realm}, error="invalid_token"')
    yield from _signature(keys, invalid)
    yield from _claims(jwt, plan.timers.gateway.leeway_s, invalid)
    yield line(f"http-request set-header X-Holdfast-Subject %[var({SUBJECT})] if guarded")


def _signature(keys: Sequence[TokenKey], invalid: Refusal) -> Iterator[Words]:
    yield _read("txn.alg", "jwt_header_query('$.alg')")
    yield invalid("!{ var(txn.alg) -m str RS256 }")
    yield _read("txn.kid", "jwt_header_query('$.kid')")
    yield invalid(f"!{{ var(txn.kid),map_str({TOKEN_KEYS_MAP},no) -m str yes }}")
    for key in keys:
        yield _read(
            "txn.signed",
            f"jwt_verify(RS256,{token_key(key.kid)})",
            *line(f"{{ var(txn.kid) -m str {key.kid} }}"),
        )
    yield invalid("!{ var(txn.signed) -m int 1 }")


def _claims(jwt: PlannedJwt, leeway_s: int, invalid: Refusal) -> Iterator[Words]:
    """What RFC 7519, section 4.1, says of each; `exp` and `sub` must be there, too."""
    yield line("http-request set-var(txn.now) date() if guarded")
    yield _read("txn.left", "jwt_payload_query('$.exp','int'),sub(txn.now)")
    yield invalid("!{ var(txn.left) -m int gt 0 }")
    yield _read("txn.wait", "jwt_payload_query('$.nbf','int'),sub(txn.now)")
    yield invalid(f"{{ var(txn.wait) -m int gt {leeway_s} }}")
    for variable, name, expected in (
        ("txn.issuer", "iss", jwt.issuer),
        ("txn.audience", "aud", jwt.audience),
    ):
        yield _read(variable, f"jwt_payload_query('$.{name}')")
        yield invalid(f"!{{ var({variable}) -m str", expected, "}")
    yield _read(SUBJECT, "jwt_payload_query('$.sub')")
    yield invalid(f"!{{ var({SUBJECT}) -m reg", _SUBJECTS, "}")


def _read(variable: str, converters: str, *condition: str) -> Words:
    """A variable from the token; not set when there is no such thing in it."""
    value = f"var(txn.token),{converters}"
    return line(f"http-request set-var({variable})", value, "if", "guarded", *condition)


def _unauthorized(error: str, challenge: str) -> Refusal:
    """A refusal with a challenge (RFC 6750, section 3), given the condition for it."""

    def refusal(condition: str, *more: str) -> Words:
        when = line(f"if guarded {condition}", *more)
        return refuse(401, error, *when, headers={"WWW-Authenticate": challenge})

    return refusal

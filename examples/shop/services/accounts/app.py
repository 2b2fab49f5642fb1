"""The service's face: HTTP and JSON.

POST /api/accounts        {"name", "email"}, header Idempotency-Key if it may be sent twice
GET  /api/accounts        ?limit=20&before=<id>, newest first
GET  /api/accounts/{id}
GET  /healthz             this process is alive, whatever the database does
GET  /readyz              the database answers too
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from accounts.database import Database, Unavailable, Unknown
from accounts.registration import ID_MAX, Problem, Refused, page, registration
from accounts.store import Store
from serving import Seat

BODY_MAX = 8 << 10
BODY_S = 2.0
"""Seconds in which a request's body must have arrived."""

log = logging.getLogger("accounts")


def application(dsn: str, seat: Seat) -> Starlette:
    """`dsn` is libpq's, of the endpoint that leads to the primary."""

    @asynccontextmanager
    async def connected(app: Starlette) -> AsyncIterator[None]:
        database = Database(dsn)
        app.state.store = Store(database)
        yield
        await database.close()

    app = Starlette(
        routes=[
            Route("/api/accounts", accounts, methods=["GET", "POST"]),
            Route("/api/accounts/{number:int}", read),
            Route("/healthz", alive),
            Route("/readyz", ready),
        ],
        exception_handlers=_failures(),
        lifespan=connected,
    )
    app.state.seat = seat
    return app


def _failures() -> dict[Any, Any]:
    return {
        Refused: refused,
        HTTPException: unroutable,
        Unavailable: unavailable,
        Unknown: unknown,
        Exception: broken,
    }


async def accounts(request: Request) -> Response:
    return await (register if request.method == "POST" else newest)(request)


async def register(request: Request) -> Response:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, Problem("Content-Type", "must be application/json"))
    new = registration(await _body(request), request.headers.get("idempotency-key"))
    account = await _store(request).add(new)
    where = {"Location": f"/api/accounts/{account['id']}"}
    return _answer(request, 201, {"account": account}, where)


async def newest(request: Request) -> Response:
    wanted = page(request.query_params.get("limit"), request.query_params.get("before"))
    return _answer(request, 200, {"accounts": await _store(request).newest(wanted)})


async def read(request: Request) -> Response:
    number = request.path_params["number"]
    account = await _store(request).read(number) if number <= ID_MAX else None
    if account is None:
        raise Refused(404, Problem("id", "no such account"))
    return _answer(request, 200, {"account": account})


async def alive(request: Request) -> Response:
    return _answer(request, 200, {"status": "alive"})


async def ready(request: Request) -> Response:
    await _store(request).ready()
    return _answer(request, 200, {"status": "ready"})


async def refused(request: Request, error: Refused) -> Response:
    return _failure(request, error.status, error.problems)


async def unroutable(request: Request, error: HTTPException) -> Response:
    problem = Problem("", error.detail.lower())
    return _failure(request, error.status_code, (problem,), error.headers)


async def unavailable(request: Request, error: Unavailable) -> Response:
    log.warning("unavailable: %s", error)
    return _again(request, "not done: the database has no primary at the moment")


async def unknown(request: Request, error: Unknown) -> Response:
    log.warning("outcome unknown: %s", error)
    return _again(request, "outcome unknown: send it again with the same Idempotency-Key")


async def broken(request: Request, _error: Exception) -> Response:
    return _failure(request, 500, (Problem("", "a defect of this service; it is in its log"),))


async def _body(request: Request) -> bytes:
    """Raises Refused when the body is too long (413), too slow (408) or cut short (400)."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for part in request.stream():
                body += part
                if len(body) > BODY_MAX:
                    raise Refused(413, Problem("", f"the body is longer than {BODY_MAX} bytes"))
    except TimeoutError as error:
        raise Refused(408, Problem("", f"the body took longer than {BODY_S:g} s")) from error
    except ClientDisconnect as error:
        raise Refused(400, Problem("", "the body was cut short")) from error
    return bytes(body)


def _again(request: Request, why: str) -> Response:
    return _failure(request, 503, (Problem("", why),), {"Retry-After": "1"})


def _failure(
    request: Request,
    status: int,
    problems: tuple[Problem, ...],
    headers: Any = None,
) -> Response:
    told = [{"field": p.field, "problem": p.problem} for p in problems]
    return _answer(request, status, {"problems": told}, headers)


def _answer(
    request: Request, status: int, content: dict[str, Any], headers: Any = None
) -> Response:
    signed = content | {"served_by": str(request.app.state.seat)}
    return JSONResponse(signed, status, headers=headers)


def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store

"""The service's face: HTTP and JSON. The gateway says who asks; without that, nothing is told.

POST /api/orders       {"lines": [{"item", "quantity"}]}, header Idempotency-Key: 201, one order
GET  /api/orders       ?limit=20&before=<id>: one's own, newest first
GET  /api/orders/{id}  one's own
GET  /healthz          this process is alive, whatever the database does
GET  /readyz           the database's writer answers too
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from answers import NUMBER_MAX, answer, failures, idempotency_key, number, said, subject
from orders.ordering import Asked, order
from orders.placed import Orders
from refusal import Problem, Refused
from serving import Seat

PAGE = 20
PAGE_MAX = 100


def application(store: Orders, seat: Seat) -> Starlette:
    @asynccontextmanager
    async def open_store(_app: Starlette) -> AsyncIterator[None]:
        yield
        await store.close()

    app = Starlette(
        routes=[
            Route("/api/orders", orders, methods=["GET", "POST"]),
            Route("/api/orders/{number:int}", read),
            Route("/healthz", alive),
            Route("/readyz", ready),
        ],
        exception_handlers=failures(),
        lifespan=open_store,
    )
    app.state.store, app.state.seat = store, seat
    return app


async def orders(request: Request) -> Response:
    return await (place if request.method == "POST" else newest)(request)


async def place(request: Request) -> Response:
    who = subject(request)
    key = idempotency_key(request, required=True)
    assert key is not None
    placed = await _store(request).add(order(who, key, await said(request, Asked)))
    where = {"location": f"/api/orders/{placed['id']}"}
    return answer(request, 201, {"order": placed}, where)


async def newest(request: Request) -> Response:
    who, asked = subject(request), request.query_params
    limit = number("limit", asked.get("limit"), PAGE, PAGE_MAX)
    before = number("before", asked.get("before"), NUMBER_MAX, NUMBER_MAX)
    return answer(request, 200, {"orders": await _store(request).newest(who, before, limit)})


async def read(request: Request) -> Response:
    who, wanted = subject(request), request.path_params["number"]
    placed = await _store(request).one(who, wanted) if wanted <= NUMBER_MAX else None
    if placed is None:
        raise Refused(404, Problem("id", "no such order"))
    return answer(request, 200, {"order": placed})


async def alive(request: Request) -> Response:
    return answer(request, 200, {"status": "alive"})


async def ready(request: Request) -> Response:
    await _store(request).ready()
    return answer(request, 200, {"status": "ready"})


def _store(request: Request) -> Orders:
    store: Orders = request.app.state.store
    return store

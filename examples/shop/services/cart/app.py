"""The service's face: HTTP and JSON. A cart belongs to a browser, which need not be signed in:
the first thing that is put into it begins a session, which a cookie names.

GET    /api/cart              what is in it
PUT    /api/cart/items/{item} {"quantity"}: so many; none with 0. Twice is once
DELETE /api/cart              nothing
GET    /api/looks             how often each item was looked at
POST   /api/looks/{item}      once more
GET    /healthz               this process is alive, whatever the cluster does
GET    /readyz                the cluster keeps what it is told
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from answers import answer, failures, said
from cart.carts import SESSION_S, Cart, Carts, new_session
from catalogue.goods import BY_ID, QUANTITY_MAX
from refusal import Problem, Refused
from serving import Seat

COOKIE = "__Secure-cart"
_COOKIE_IS = f"Path=/api/cart; Max-Age={SESSION_S}; Secure; HttpOnly; SameSite=Strict"


class Quantity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    quantity: Annotated[int, msgspec.Meta(ge=0, le=QUANTITY_MAX)]


def application(store: Carts, seat: Seat) -> Starlette:
    @asynccontextmanager
    async def open_store(_app: Starlette) -> AsyncIterator[None]:
        yield
        await store.close()

    app = Starlette(
        routes=[
            Route("/api/cart", cart, methods=["GET", "DELETE"]),
            Route("/api/cart/items/{item}", put, methods=["PUT"]),
            Route("/api/looks", looks),
            Route("/api/looks/{item}", looked, methods=["POST"]),
            Route("/healthz", alive),
            Route("/readyz", ready),
        ],
        exception_handlers=failures(),
        lifespan=open_store,
    )
    app.state.store, app.state.seat = store, seat
    return app


async def cart(request: Request) -> Response:
    session = _session(request)
    if request.method == "DELETE":
        if session:
            await _store(request).empty(session)
        return answer(request, 200, _shown({}))
    return answer(request, 200, _shown(await _store(request).read(session) if session else {}))


async def put(request: Request) -> Response:
    item = _item(request)
    asked = await said(request, Quantity)
    session = _session(request) or new_session()
    kept = await _store(request).put(session, item, asked.quantity)
    return answer(request, 200, _shown(kept), {"set-cookie": f"{COOKIE}={session}; {_COOKIE_IS}"})


async def looks(request: Request) -> Response:
    return answer(request, 200, {"looks": await _store(request).looks(BY_ID)})


async def looked(request: Request) -> Response:
    return answer(request, 200, {"looks": await _store(request).looked(_item(request))})


async def alive(request: Request) -> Response:
    return answer(request, 200, {"status": "alive"})


async def ready(request: Request) -> Response:
    await _store(request).ready()
    return answer(request, 200, {"status": "ready"})


def _shown(kept: Cart) -> dict[str, Any]:
    lines = [{"item": item, "quantity": quantity} for item, quantity in kept.items()]
    return {"cart": lines}


def _item(request: Request) -> str:
    item: str = request.path_params["item"]
    if item not in BY_ID:
        raise Refused(404, Problem("item", "is not sold here"))
    return item


def _session(request: Request) -> str | None:
    """What the browser names; only what this service can have made."""
    named = request.cookies.get(COOKIE, "")
    return named if re.fullmatch(r"[A-Za-z0-9_-]{32}", named) else None


def _store(request: Request) -> Carts:
    store: Carts = request.app.state.store
    return store

"""The service's face. It keeps nothing and asks nobody: any instance will do.

GET /api/catalogue                     the goods, cheap to ask again (ETag)
GET /api/catalogue/{id}                one of them
GET /api/catalogue/{id}/picture.svg    its picture; may be kept for a day
GET /healthz
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from answers import answer, failures
from catalogue.goods import BY_ID, GOODS, Good
from catalogue.pictures import picture
from refusal import Problem, Refused
from serving import Seat

HEADERS = {"x-content-type-options": "nosniff"}
_PICTURES = {good.id: picture(good) for good in GOODS}
_PICTURE_HEADERS = {
    "cache-control": "public, max-age=86400",
    "content-security-policy": "default-src 'none'; sandbox",
}


def application(seat: Seat) -> Starlette:
    app = Starlette(
        routes=[
            Route("/api/catalogue", goods),
            Route("/api/catalogue/{id}", one),
            Route("/api/catalogue/{id}/picture.svg", shown),
            Route("/healthz", alive),
        ],
        exception_handlers=failures(),
    )
    app.state.seat = seat
    return app


async def goods(request: Request) -> Response:
    content = {"goods": [_told(good) for good in GOODS]}
    tag = f'"{hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:16]}"'
    headers = {"etag": tag, "cache-control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return answer(request, 200, content, headers)


async def one(request: Request) -> Response:
    return answer(request, 200, {"good": _told(_good(request))}, {"cache-control": "no-cache"})


async def shown(request: Request) -> Response:
    drawn = _PICTURES[_good(request).id]
    return Response(drawn, media_type="image/svg+xml", headers=_PICTURE_HEADERS)


async def alive(request: Request) -> Response:
    return answer(request, 200, {"status": "alive"}, {"cache-control": "no-store"})


def _good(request: Request) -> Good:
    good = BY_ID.get(request.path_params["id"])
    if good is None:
        raise Refused(404, Problem("id", "is not sold here"))
    return good


def _told(good: Good) -> dict[str, Any]:
    version = hashlib.sha256(_PICTURES[good.id]).hexdigest()[:8]
    return {
        "id": good.id,
        "name": good.name,
        "about": good.about,
        "price": good.price,
        "picture": f"/api/catalogue/{good.id}/picture.svg?{version}",
    }

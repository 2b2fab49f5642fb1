"""The page and its three files; it keeps nothing. What it shows, the browser asks accounts for.

GET /            the page
GET /served      who served this: a question that is cheap to ask many times
GET /healthz
"""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from serving import Seat

HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
FILES = {
    "/": ("index.html", "text/html"),
    "/style.css": ("style.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}


def application(seat: Seat) -> Starlette:
    async def served(_request: Request) -> Response:
        return JSONResponse({"served_by": str(seat)}, headers={"cache-control": "no-store"})

    async def alive(_request: Request) -> Response:
        return JSONResponse({"status": "alive", "served_by": str(seat)})

    return Starlette(
        routes=[
            *(_file(path, *file) for path, file in FILES.items()),
            Route("/served", served),
            Route("/healthz", alive),
        ]
    )


def _file(path: str, name: str, media_type: str) -> Route:
    content = (Path(__file__).parent / "page" / name).read_bytes()

    async def answer(_request: Request) -> Response:
        return Response(content, media_type=media_type, headers={"cache-control": "no-cache"})

    return Route(path, answer)

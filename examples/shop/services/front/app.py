"""The page and its files; it keeps nothing. What it shows, the browser asks the other services for.

GET /            the page
GET /served      who served this: a question that is cheap to ask many times
GET /healthz
"""

from __future__ import annotations

import hashlib
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
PAGE = Path(__file__).parent / "page"
KINDS = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


def application(seat: Seat) -> Starlette:
    async def served(_request: Request) -> Response:
        return JSONResponse({"served_by": str(seat)}, headers={"cache-control": "no-store"})

    async def alive(_request: Request) -> Response:
        return JSONResponse({"status": "alive", "served_by": str(seat)})

    return Starlette(
        routes=[
            *(_file(file) for file in sorted(PAGE.iterdir())),
            Route("/served", served),
            Route("/healthz", alive),
        ]
    )


def _file(file: Path) -> Route:
    """Kept by browsers, but never shown without asking whether it is still the same: the page's
    files must not come from two versions."""
    content, kind = file.read_bytes(), KINDS[file.suffix]
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {"cache-control": "no-cache", "etag": tag}

    async def answer(request: Request) -> Response:
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=kind, headers=headers)

    return Route("/" if file.name == "index.html" else f"/{file.name}", answer)

"""Says what it was asked: the path and headers as they came, how long the body was, and the key
that it would sign tokens with. Asked for /api/die/<its instance> it dies instead, without a word.

Every request is a line in the journal: `asked METHOD PATH`.
"""

from __future__ import annotations

import json
import os
import ssl
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

INSTANCE = os.environ["HOLDFAST_INSTANCE"]
KID = json.loads(Path(os.environ["HOLDFAST_JWT_KEYS"]).read_text())["keys"][0]["kid"]
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]


async def echo(request: Request) -> JSONResponse:
    body = await request.body()
    path = request.scope["raw_path"].decode()
    if path != "/healthz":
        print(f"asked {request.method} {path}", flush=True)
    if path.startswith(f"/api/die/{INSTANCE}/"):
        os._exit(1)
    told = {
        "path": path,
        "headers": list(request.headers.items()),
        "body": len(body),
        "instance": INSTANCE,
        "kid": KID,
    }
    return JSONResponse(told, headers={"server": "echo/1.0"})


if __name__ == "__main__":
    uvicorn.run(
        Starlette(routes=[Route("/{path:path}", echo, methods=METHODS)]),
        host=os.environ["HOLDFAST_ADDRESS"],
        port=int(os.environ["HOLDFAST_PORT"]),
        ssl_keyfile=os.environ["HOLDFAST_TLS_KEY"],
        ssl_certfile=os.environ["HOLDFAST_TLS_CERT"],
        ssl_ca_certs=os.environ["HOLDFAST_TLS_CA"],
        ssl_cert_reqs=ssl.CERT_REQUIRED,
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
    )

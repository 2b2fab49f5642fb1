"""How every service of the shop is served: TLS with client certificates, and a signed answer.

Holdfast tells a service by its environment where to listen and who it is:
HOLDFAST_HOST, HOLDFAST_INSTANCE, HOLDFAST_ADDRESS, HOLDFAST_PORT, HOLDFAST_TLS_CERT, _KEY, _CA.
"""

from __future__ import annotations

import logging
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

STOP_S = 5
"""Seconds that requests under way are given to end after SIGTERM."""
IDLE_S = 60
"""Longer than the gateway keeps idle connections: who closes first may miss a request that is on
its way, and only the gateway knows whether one is."""


@dataclass(frozen=True)
class Seat:
    """Where an answer comes from; printed as host/service/instance."""

    host: str
    service: str
    instance: str

    @classmethod
    def of(cls, service: str, environ: Mapping[str, str] = os.environ) -> Seat:
        return cls(environ["HOLDFAST_HOST"], service, environ["HOLDFAST_INSTANCE"])

    def __str__(self) -> str:
        return f"{self.host}/{self.service}/{self.instance}"


class Signed:
    """Adds X-Served-By, and what else every answer of a service carries, to its answers."""

    def __init__(self, app: ASGIApp, seat: Seat, headers: Mapping[str, str]) -> None:
        self.app = app
        signature = {"x-served-by": str(seat), **headers}
        self.headers = [(name.encode(), value.encode()) for name, value in signature.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def signed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self.headers]
            await send(message)

        await self.app(scope, receive, signed)


def listen(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Where to listen and with which certificates, as uvicorn's options.

    Raises ValueError when asked to speak without TLS on an address that others can reach.
    """
    where = {"host": environ["HOLDFAST_ADDRESS"], "port": int(environ["HOLDFAST_PORT"])}
    if "HOLDFAST_TLS_CERT" in environ:
        return where | {
            "ssl_certfile": environ["HOLDFAST_TLS_CERT"],
            "ssl_keyfile": environ["HOLDFAST_TLS_KEY"],
            "ssl_ca_certs": environ["HOLDFAST_TLS_CA"],
            "ssl_cert_reqs": ssl.CERT_REQUIRED,
            "ssl_ciphers": "DEFAULT",
        }
    if not ip_address(environ["HOLDFAST_ADDRESS"]).is_loopback:
        raise ValueError("without HOLDFAST_TLS_CERT a service listens on loopback only")
    return where


def serve(app: Starlette, seat: Seat, headers: Mapping[str, str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT: then no new connections, and up to STOP_S for the old ones."""
    import uvicorn  # here, so that everything else can be imported without it

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger(seat.service).info("%s starts", seat)
    uvicorn.run(
        Signed(app, seat, headers or {}),
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        timeout_graceful_shutdown=STOP_S,
        timeout_keep_alive=IDLE_S,
        **listen(),
    )

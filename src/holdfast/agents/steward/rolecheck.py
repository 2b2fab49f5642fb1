"""What haproxy's health checks, and whoever holds a certificate of this system, may ask.

`GET /primary/<datastore>`, likewise `/replica/`, `/reader/` (see `keeper.Role`): 200 or 503.
`GET /status`: JSON. TLS with client certificates; one thread per request, which ends with it.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from .config import Listen, Tls
from .status import Status

_TIMEOUT_S = 2.0


def start(listen: Listen, status: Status) -> None:
    """In a thread of its own. Raises OSError if the address is taken."""
    server = _Server((listen.address, listen.port), listen.tls, status)
    threading.Thread(target=server.serve_forever, name="rolecheck", daemon=True).start()


def answer(status: Status, path: str) -> tuple[int, str]:
    """HTTP status and body."""
    match path.strip("/").split("/"):
        case ["primary" | "replica" | "reader" as role, *datastore]:
            return _yes_or_no(status.plays(role, "/".join(datastore)))
        case ["status"]:
            return 200, json.dumps(status.read()) + "\n"
        case _:
            return 404, "no such page\n"


def _yes_or_no(yes: bool) -> tuple[int, str]:
    return (200, "yes\n") if yes else (503, "no\n")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], tls: Tls, status: Status) -> None:
        self.status = status
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        self._tls.verify_mode = ssl.CERT_REQUIRED
        self._tls.load_cert_chain(tls.cert, tls.key)
        self._tls.load_verify_locations(tls.ca)
        super().__init__(address, _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        """The handshake is left to the request's thread: a silent client holds up nobody."""
        door, address = super().get_request()
        door.settimeout(_TIMEOUT_S)
        shaken = self._tls.wrap_socket(door, server_side=True, do_handshake_on_connect=False)
        return shaken, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client without a certificate, or one that went away, is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout: ClassVar[float] = _TIMEOUT_S
    server_version = "holdfast"
    sys_version = ""

    def do_GET(self) -> None:
        code, body = answer(self.server.status, self.path)
        self.send_response(code)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Checks come several times a second."""

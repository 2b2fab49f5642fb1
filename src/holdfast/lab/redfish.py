"""BMCs as Redfish (DMTF DSP0266) has them: one HTTPS service for several hosts, that answers as
each host's own BMC would. An account sees and switches its own host only.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import socket
import ssl
import sys
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

from holdfast.errors import LabError

ROOT = "/redfish/v1"
SYSTEMS = f"{ROOT}/Systems"
RESETS = ("On", "ForceOff", "GracefulShutdown", "ForceRestart")
"""ResetType (DSP0268, ComputerSystem) that can be asked for."""
_RESET = "Actions/ComputerSystem.Reset"
_SILENCE_S = 10.0
"""A client that says nothing for so long is hung up on."""
_TURN_S = 0.5
_MAX_BYTES = 65536

Document = dict[str, Any]
Answer = tuple[HTTPStatus, Document]


class Chassis(Protocol):
    """The hosts behind the BMCs, by name, which is also the account's. Any thread may call; what
    cannot be done raises LabError."""

    def password(self, host: str) -> str | None:
        """Of the host's account; None for a host that there is not."""
        ...

    def dead(self, host: str) -> bool:
        """Whether the BMC itself has no power."""
        ...

    def running(self, host: str) -> bool:
        """Whether the host has power."""
        ...

    def reset(self, host: str, kind: str) -> None:
        """`kind` is one of RESETS; returns when it is done, or begun for a shutdown."""
        ...


def service_root() -> Document:
    return {
        "@odata.id": ROOT,
        "@odata.type": "#ServiceRoot.v1_0_2.ServiceRoot",
        "Id": "RootService",
        "Name": "Holdfast lab",
        "RedfishVersion": "1.0.2",
        "Systems": {"@odata.id": SYSTEMS},
    }


def systems(host: str) -> Document:
    return {
        "@odata.id": SYSTEMS,
        "@odata.type": "#ComputerSystemCollection.ComputerSystemCollection",
        "Name": "Systems",
        "Members@odata.count": 1,
        "Members": [{"@odata.id": f"{SYSTEMS}/{host}"}],
    }


def system(host: str, on: bool) -> Document:
    reset = {
        "target": f"{SYSTEMS}/{host}/{_RESET}",
        "ResetType@Redfish.AllowableValues": list(RESETS),
    }
    return {
        "@odata.id": f"{SYSTEMS}/{host}",
        "@odata.type": "#ComputerSystem.v1_1_0.ComputerSystem",
        "Id": host,
        "Name": host,
        "PowerState": "On" if on else "Off",
        "Actions": {"#ComputerSystem.Reset": reset},
    }


def trouble(message: str) -> Document:
    return {"error": {"code": "Base.1.0.GeneralError", "message": message}}


class Service(ThreadingHTTPServer):
    """Answers on an address and port. Raises OSError when they cannot be had."""

    timeout = _TURN_S
    daemon_threads = False

    def __init__(self, at: tuple[str, int], cert: Path, key: Path, chassis: Chassis) -> None:
        self.chassis = chassis
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(cert, key)
        super().__init__(at, Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        """The handshake is the handler's, in its own thread."""
        connection, peer = self.socket.accept()
        connection.settimeout(_SILENCE_S)
        shaken = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return shaken, peer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away in the middle, or do not trust us, are no news."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service

    def do_GET(self) -> None:
        self._answer(self._read)

    def do_POST(self) -> None:
        self._answer(self._write)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the library's own name
        """One line per request, for whoever wonders who shot whom."""
        when, who = self.log_date_time_string(), self.client_address[0]
        sys.stdout.write(f"{when} {who} {format % args}\n")
        sys.stdout.flush()

    def _answer(self, ask: Callable[[str, str], Answer]) -> None:
        self.close_connection = True
        path, account = self.path.rstrip("/"), self._account()
        if path == ROOT:
            self._send(HTTPStatus.OK, service_root())
        elif account is None:
            self._send(HTTPStatus.UNAUTHORIZED, trouble("no such account or password"))
        elif self.server.chassis.dead(account):
            self.log_message("hung up on: the BMC of %s has no power", account)
        else:
            self._send(*self._asked(ask, path, account))

    def _asked(self, ask: Callable[[str, str], Answer], path: str, account: str) -> Answer:
        try:
            return ask(path, account)
        except LabError as error:
            return HTTPStatus.INTERNAL_SERVER_ERROR, trouble(str(error))

    def _account(self) -> str | None:
        """Who asks (basic authentication): the host whose BMC this is then."""
        scheme, _, words = self.headers.get("Authorization", "").partition(" ")
        try:
            user, _, given = base64.b64decode(words, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        wanted = self.server.chassis.password(user)
        right = wanted is not None and hmac.compare_digest(given.encode(), wanted.encode())
        return user if scheme.lower() == "basic" and right else None

    def _read(self, path: str, account: str) -> Answer:
        if path == SYSTEMS:
            return HTTPStatus.OK, systems(account)
        if path == f"{SYSTEMS}/{account}":
            return HTTPStatus.OK, system(account, self.server.chassis.running(account))
        return HTTPStatus.NOT_FOUND, trouble(f"{account} has nothing at {path}")

    def _write(self, path: str, account: str) -> Answer:
        kind = self._reset_type()
        if path != f"{SYSTEMS}/{account}/{_RESET}":
            return HTTPStatus.NOT_FOUND, trouble(f"{account} has nothing at {path}")
        if kind not in RESETS:
            return HTTPStatus.BAD_REQUEST, trouble(f"ResetType is one of {', '.join(RESETS)}")
        self.log_message("%s of %s", kind, account)
        self.server.chassis.reset(account, kind)
        return HTTPStatus.OK, {}

    def _reset_type(self) -> str:
        """Empty for a body that makes no sense."""
        size = self.headers.get("Content-Length", "")
        body = self.rfile.read(min(int(size), _MAX_BYTES)) if size.isdigit() else b""
        try:
            said = json.loads(body)
        except ValueError:
            return ""
        return str(said.get("ResetType", "")) if isinstance(said, dict) else ""

    def _send(self, status: HTTPStatus, document: Document) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("OData-Version", "4.0")
        if status is HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", 'Basic realm="Redfish"')
        self.end_headers()
        self.wfile.write(body)

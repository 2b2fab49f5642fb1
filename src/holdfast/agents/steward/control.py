"""The unix socket through which a person, or holdfast, asks and orders: one JSON line each way.

`{"verb": "status"}`; `{"verb": "switchover", "datastore": "accounts", "to": "n3"}` (null: best),
which is answered when the new primary serves, or when that has failed; `{"verb": "bootstrap",
"datastore": "orders", "host": "n2"}` likewise; `{"verb": "standby", "on": true}`, which is answered
when no primary is here any more, or none can be had elsewhere. Only root may connect.
"""

from __future__ import annotations

import json
import os
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from .status import Status

_SWITCH_S = 30.0
_BOOTSTRAP_S = 60.0
"""A server may have to start, and to recover, first."""
_STANDBY_S = 15.0
_POLL_S = 0.01
_MAX_BYTES = 65536


class Orders(Protocol):
    """The loop, as far as this room needs it."""

    @property
    def status(self) -> Status: ...

    def later(self, call: Callable[[], None]) -> None: ...

    def switch_over(self, datastore: str, to: str | None) -> None: ...

    def bootstrap(self, datastore: str, host: str) -> None: ...

    def standby(self, on: bool) -> None: ...


def start(path: Path, orders: Orders) -> None:
    """In a thread of its own. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    server = _Server(str(path), orders)
    path.chmod(0o600)
    threading.Thread(target=server.serve_forever, name="control", daemon=True).start()


def request(path: Path, question: dict[str, Any]) -> dict[str, Any]:
    """The other side. Raises OSError, or ValueError on an answer that is none."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.settimeout(_BOOTSTRAP_S + 5)
        door.connect(os.fspath(path))
        with door.makefile("rwb") as line:
            line.write(json.dumps(question).encode() + b"\n")
            line.flush()
            answer: dict[str, Any] = json.loads(line.readline())
            return answer


def answer(orders: Orders, line: bytes) -> dict[str, Any]:
    try:
        question = json.loads(line)
        match question:
            case {"verb": "status"}:
                return orders.status.read()
            case {"verb": "switchover", "datastore": str(datastore), "to": str() | None as to}:
                return switch_over(orders, datastore, to)
            case {"verb": "bootstrap", "datastore": str(datastore), "host": str(host)}:
                return bootstrap(orders, datastore, host)
            case {"verb": "standby", "on": bool(on)}:
                return standby(orders, on)
    except (ValueError, KeyError) as error:
        return {"ok": False, "why": f"not understood: {error}"}
    return {"ok": False, "why": "not understood"}


def switch_over(orders: Orders, datastore: str, to: str | None) -> dict[str, Any]:
    """Raises KeyError if there is no such datastore."""
    before, _ = orders.status.serving(datastore)

    def outcome(primary: str, term: int) -> dict[str, Any]:
        moved = primary == to if to is not None else primary != before
        return {"ok": moved, "why": f"{primary} serves in term {term}", "primary": primary}

    return _await(orders, datastore, lambda: orders.switch_over(datastore, to), outcome, _SWITCH_S)


def bootstrap(orders: Orders, datastore: str, host: str) -> dict[str, Any]:
    """Raises KeyError if there is no such datastore."""

    def outcome(primary: str, term: int) -> dict[str, Any]:
        return {"ok": True, "why": f"{primary} serves in term {term}", "primary": primary}

    def order() -> None:
        orders.bootstrap(datastore, host)

    return _await(orders, datastore, order, outcome, _BOOTSTRAP_S)


def _await(
    orders: Orders,
    datastore: str,
    order: Callable[[], None],
    outcome: Callable[[str, int], dict[str, Any]],
    limit_s: float,
) -> dict[str, Any]:
    """Give the order, and wait until somebody serves in a later term, or it is refused."""
    status = orders.status
    _, term = status.serving(datastore)
    asked_at = time.time()
    orders.later(order)
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        time.sleep(_POLL_S)
        primary, now = status.serving(datastore)
        if primary is not None and now > term:
            return outcome(primary, now)
        if refused := _refusal(status.decisions(datastore), asked_at):
            return {"ok": False, "why": refused}
    return {"ok": False, "why": f"nobody serves after {limit_s:g} s"}


def standby(orders: Orders, on: bool) -> dict[str, Any]:
    orders.later(lambda: orders.standby(on))
    deadline = time.monotonic() + (_STANDBY_S if on else 0.0)
    while (kept := orders.status.primaries()) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    why = f"still primary of {', '.join(kept)}" if on and kept else ""
    return {"ok": not why, "why": why}


def _refusal(decisions: list[dict[str, Any]], since: float) -> str:
    said = [each["why"] for each in decisions if each["what"] == "refused" and each["at"] >= since]
    return said[-1] if said else ""


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, path: str, orders: Orders) -> None:
        self.orders = orders
        super().__init__(path, _Handler)


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        line = self.rfile.readline(_MAX_BYTES)
        self.wfile.write(json.dumps(answer(self.server.orders, line)).encode() + b"\n")

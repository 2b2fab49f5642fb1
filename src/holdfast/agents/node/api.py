"""This node's API server, as far as the agent may use it: JSON over HTTPS with a certificate of its
own.

Always the node's own: one that is cut off from the others has an etcd without a majority, and
whatever is asked of it there changes nothing.
"""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

Document = dict[str, Any]

_NOT_FOUND, _CONFLICT = 404, 409
MERGE = "application/merge-patch+json"
_JSON = "application/json"


class ApiError(Exception):
    """The API server is not there, takes too long or refuses; the text says which."""


class ConflictError(ApiError):
    """What was to be changed is not what it was when it was looked at."""


@dataclass(frozen=True)
class Door:
    """Where, whom to believe, and as whom: paths of PEM files."""

    address: str
    port: int
    ca: str
    cert: str
    key: str
    timeout_s: float


class Api:
    """One connection, made anew when it has broken. Not for several threads."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._line: http.client.HTTPSConnection | None = None

    def get(self, path: str, **query: str) -> Document | None:
        """None when there is no such thing. Raises ApiError."""
        return self._ask("GET", path, query)

    def patch(self, path: str, change: Document) -> Document | None:
        """A merge patch; with metadata.resourceVersion in it, only of what was seen. Raises
        ApiError, ConflictError."""
        return self._ask("PATCH", path, {}, change, MERGE)

    def put(self, path: str, whole: Document) -> Document | None:
        """Raises ApiError, ConflictError."""
        return self._ask("PUT", path, {}, whole)

    def delete(self, path: str, seen: Document, grace_s: int | None = None) -> None:
        """Of exactly what was seen; gone already is as good. Raises ApiError, ConflictError."""
        own = seen["metadata"]
        options: Document = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "preconditions": {"uid": own["uid"]},
        }
        if grace_s is None:
            options["preconditions"]["resourceVersion"] = own["resourceVersion"]
        else:
            options["gracePeriodSeconds"] = grace_s
        self._ask("DELETE", path, {}, options)

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Document | None = None,
        kind: str = _JSON,
    ) -> Document | None:
        target = f"{path}?{urlencode(query)}" if query else path
        headers = {"Accept": _JSON, **({"Content-Type": kind} if body is not None else {})}
        text = None if body is None else json.dumps(body)
        try:
            status, said = self._exchange(method, target, text, headers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise ApiError(f"{method} {path}: {error or type(error).__name__}") from error
        if status == _NOT_FOUND:
            return None
        if status == _CONFLICT:
            raise ConflictError(f"{method} {path}: {_message(said)}")
        if status >= http.client.BAD_REQUEST:
            raise ApiError(f"{method} {path}: {status} {_message(said)}")
        return said

    def _exchange(
        self, method: str, target: str, text: str | None, headers: Mapping[str, str]
    ) -> tuple[int, Document]:
        """Once more on a new connection when an old one turns out to have ended meanwhile."""
        kept = self._line is not None
        try:
            return self._once(method, target, text, headers)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.close()
            if not kept:
                raise
            return self._once(method, target, text, headers)

    def _once(
        self, method: str, target: str, text: str | None, headers: Mapping[str, str]
    ) -> tuple[int, Document]:
        if self._line is None:
            self._line = self._connect()
        self._line.request(method, target, text, dict(headers))
        answer = self._line.getresponse()
        content = answer.read()
        said = json.loads(content) if content else {}
        return answer.status, said if isinstance(said, dict) else {}

    def _connect(self) -> http.client.HTTPSConnection:
        """Reads certificates anew: they may have been renewed."""
        door = self._door
        trust = ssl.create_default_context(cafile=door.ca)
        trust.load_cert_chain(door.cert, door.key)
        return http.client.HTTPSConnection(
            door.address, door.port, timeout=door.timeout_s, context=trust
        )


def path_of(*parts: str) -> str:
    return "/" + "/".join(quote(part, safe="") for part in parts)


def _message(said: Document) -> str:
    return str(said.get("message", "refused"))

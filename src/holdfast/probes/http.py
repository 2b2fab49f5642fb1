"""HTTP/1.1 over TLS on kept connections, as browsers and services keep them.

Several questions may be under way, each on a connection of its own; the connection that was used
last is used first. A kept connection that turns out to be closed is replaced once and the question
asked again where that is allowed: for GET and HEAD (RFC 9110, section 9.2.2), and for whatever
carries an Idempotency-Key. Anything else wrong is an error.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

HEAD_MAX = 1 << 16
_SAFE = ("GET", "HEAD")


class StaleError(Exception):
    """A kept connection was closed by the other side before it answered anything."""


@dataclass(frozen=True)
class Request:
    """Header names as they are to be sent."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def repeatable(self) -> bool:
        return self.method in _SAFE or "Idempotency-Key" in self.headers

    def written(self, host: str) -> bytes:
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body or self.method not in _SAFE:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join((*lines, "", "")).encode() + self.body


@dataclass(frozen=True)
class Response:
    """Header names in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    kept: bool = False
    """Read to its end, so that the connection may be used again."""

    @property
    def good(self) -> bool:
        return 200 <= self.status < 400


class Asker(Protocol):
    """Somebody who can be asked over HTTP. Raises OSError, StaleError or IncompleteReadError when
    there is no answer; limits of time are the caller's."""

    async def ask(self, request: Request) -> Response: ...

    async def close(self) -> None: ...


@dataclass
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    used: bool = False

    def abort(self) -> None:
        """Drop it without ceremony: the other side may be dead."""
        self.writer.transport.abort()


@dataclass
class Browser:
    """Asks https://<address>:<port>. `tls` trusts the system's CA."""

    address: str
    port: int
    tls: ssl.SSLContext
    _idle: list[_Connection] = field(default_factory=list)

    async def ask(self, request: Request) -> Response:
        if self._idle:
            try:
                return await self._on(self._idle.pop(), request)
            except StaleError:
                # The others are as old as this one.
                await self.close()
                if not request.repeatable:
                    raise
        return await self._on(await self._connect(), request)

    async def close(self) -> None:
        while self._idle:
            self._idle.pop().abort()

    async def _connect(self) -> _Connection:
        return _Connection(
            *await asyncio.open_connection(
                self.address,
                self.port,
                ssl=self.tls,
                server_hostname=self.address,
                limit=HEAD_MAX,
            )
        )

    async def _on(self, connection: _Connection, request: Request) -> Response:
        """Ask on this connection, and keep it if it can be used again."""
        try:
            response = await self._exchange(connection, request)
        except BaseException:
            connection.abort()
            raise
        if response.kept:
            connection.used = True
            self._idle.append(connection)
        else:
            connection.abort()
        return response

    async def _exchange(self, connection: _Connection, request: Request) -> Response:
        try:
            connection.writer.write(request.written(self.address))
            head = await connection.reader.readuntil(b"\r\n\r\n")
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            if connection.used:
                raise StaleError("closed while idle") from error
            raise
        status, headers = parsed(head)
        length = headers.get("content-length")
        body = b"" if length is None else await connection.reader.readexactly(int(length))
        kept = length is not None and headers.get("connection", "").lower() != "close"
        return Response(status, headers, body, kept)


def parsed(head: bytes) -> tuple[int, dict[str, str]]:
    """Status and headers, names in lower case. Raises OSError for what is not HTTP."""
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    if not words[0].startswith("HTTP/1.") or len(words) < 2 or not words[1].isdigit():
        raise OSError("not an HTTP answer")
    pairs = (line.partition(":") for line in lines if line)
    return int(words[1]), {name.strip().lower(): value.strip() for name, _, value in pairs}


def complaint(error: BaseException) -> str:
    """Why there was no answer, in a few words that do not differ from case to case more than the
    cases do."""
    if isinstance(error, asyncio.IncompleteReadError):
        return "closed before the answer"
    if isinstance(error, TimeoutError):
        return "no answer within the deadline"
    return str(error) or type(error).__name__

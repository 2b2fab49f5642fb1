"""A user of the edge: GET over TLS, on kept connections, as browsers do.

Several questions may be under way, each on a connection of its own. A kept connection that turns
out to be closed is replaced once and the question asked again, which HTTP allows for GET
(RFC 9110, section 9.2.2); anything else wrong is the answer.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field

from holdfast.drill.timeline import Outcome
from holdfast.probes.base import Answer

_HEAD_MAX = 1 << 16


class StaleError(Exception):
    """A kept connection was closed by the other side before it answered anything."""


@dataclass
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    used: bool = False

    def abort(self) -> None:
        """Drop it without ceremony: the other side may be dead."""
        self.writer.transport.abort()


@dataclass(frozen=True)
class _Response:
    status: int
    served_by: str
    complete: bool
    """Read to its end, so that the connection may be used again."""


@dataclass
class HttpsProbe:
    """Asks https://<address>:<port><path>. `tls` trusts the system's CA. `served_by` of an answer
    is the header in which it says who made it."""

    name: str
    address: str
    port: int
    path: str
    tls: ssl.SSLContext
    period: float = 0.05
    deadline: float = 1.0
    ledger: str = ""
    lanes: int = field(init=False)
    _idle: list[_Connection] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Lanes enough that no question waits for another one."""
        self.lanes = int(self.deadline / self.period) + 2

    async def ask(self, key: str) -> Answer:
        try:
            async with asyncio.timeout(self.deadline):
                response = await self._get()
        except TimeoutError:
            return Answer(Outcome.UNKNOWN, "no answer within the deadline")
        except asyncio.IncompleteReadError:
            return Answer(Outcome.FAIL, "closed before the answer")
        except (OSError, StaleError) as error:
            return Answer(Outcome.FAIL, str(error) or type(error).__name__)
        if 200 <= response.status < 400:
            return Answer(Outcome.OK, response.served_by)
        return Answer(Outcome.FAIL, f"status {response.status} {response.served_by}".rstrip())

    async def close(self) -> None:
        while self._idle:
            self._idle.pop().abort()

    async def _get(self) -> _Response:
        if self._idle:
            try:
                return await self._on(self._idle.pop())
            except StaleError:
                # The others are as old as this one.
                await self.close()
        return await self._on(await self._connect())

    async def _connect(self) -> _Connection:
        return _Connection(
            *await asyncio.open_connection(
                self.address,
                self.port,
                ssl=self.tls,
                server_hostname=self.address,
                limit=_HEAD_MAX,
            )
        )

    async def _on(self, connection: _Connection) -> _Response:
        """Ask on this connection, and keep it if it can be used again."""
        try:
            response = await self._exchange(connection)
        except BaseException:
            connection.abort()
            raise
        if response.complete:
            connection.used = True
            self._idle.append(connection)
        else:
            connection.abort()
        return response

    async def _exchange(self, connection: _Connection) -> _Response:
        request = f"GET {self.path} HTTP/1.1\r\nHost: {self.address}\r\n\r\n"
        try:
            connection.writer.write(request.encode())
            head = await connection.reader.readuntil(b"\r\n\r\n")
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            if connection.used:
                raise StaleError("closed while idle") from error
            raise
        status, headers = _parsed(head)
        length = headers.get("content-length")
        if length is not None:
            await connection.reader.readexactly(int(length))
        kept = length is not None and headers.get("connection", "").lower() != "close"
        return _Response(status, headers.get("x-served-by", ""), kept)


def _parsed(head: bytes) -> tuple[int, dict[str, str]]:
    """Status and headers, names in lower case. Raises OSError for what is not HTTP."""
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    if not words[0].startswith("HTTP/1.") or len(words) < 2 or not words[1].isdigit():
        raise OSError("not an HTTP answer")
    pairs = (line.partition(":") for line in lines if line)
    return int(words[1]), {name.strip().lower(): value.strip() for name, _, value in pairs}

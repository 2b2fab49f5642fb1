"""A client that makes a new connection for each question, with or without TLS.

Kept connections hide what a balancer does with new ones; and a client that has one to a dead
server is another question, with another answer.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field

from holdfast.drill.timeline import Outcome
from holdfast.probes.base import Answer
from holdfast.probes.http import Request, complaint, parsed

_TOLD_MOST = 80


@dataclass
class FreshProbe:
    """GET http(s)://<address>:<port><path>. `told`: an answer's body is its detail, such as the
    name of who answered."""

    name: str
    address: str
    port: int
    path: str
    tls: ssl.SSLContext | None = None
    period: float = 0.1
    deadline: float = 1.0
    told: bool = False
    ledger: str = ""
    lanes: int = field(init=False)

    def __post_init__(self) -> None:
        """Lanes enough that no question waits for another one."""
        self.lanes = int(self.deadline / self.period) + 2

    async def ask(self, key: str) -> Answer:
        """Not answered in full is not answered."""
        try:
            async with asyncio.timeout(self.deadline):
                status, body = await self._get()
        except TimeoutError as error:
            return Answer(Outcome.UNKNOWN, complaint(error))
        except (OSError, asyncio.IncompleteReadError) as error:
            return Answer(Outcome.FAIL, complaint(error))
        if status != 200:
            return Answer(Outcome.FAIL, f"status {status}")
        return Answer(Outcome.OK, body[:_TOLD_MOST].strip() if self.told else "")

    async def close(self) -> None:
        """Nothing is kept."""

    async def _get(self) -> tuple[int, str]:
        name = self.address if self.tls is not None else None
        reader, writer = await asyncio.open_connection(
            self.address, self.port, ssl=self.tls, server_hostname=name
        )
        try:
            request = Request(self.path, headers={"Connection": "close"})
            writer.write(request.written(self.address))
            whole = await reader.read(-1)
        finally:
            writer.transport.abort()
        head, end, body = whole.partition(b"\r\n\r\n")
        if not end:
            raise asyncio.IncompleteReadError(whole, None)
        status, _ = parsed(head)
        return status, body.decode("utf-8", "replace")

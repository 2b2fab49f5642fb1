"""A user of the edge: GET over TLS, on kept connections, as browsers do."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field

from holdfast.drill.timeline import Outcome
from holdfast.probes.base import Answer
from holdfast.probes.http import Browser, Request, StaleError, complaint


@dataclass
class HttpsProbe:
    """Asks https://<address>:<port><path>. `tls` trusts the system's CA. `x-served-by` of an
    answer is the header in which it says who made it."""

    name: str
    address: str
    port: int
    path: str
    tls: ssl.SSLContext
    period: float = 0.05
    deadline: float = 1.0
    ledger: str = ""
    _browser: Browser = field(init=False)

    def __post_init__(self) -> None:
        self._browser = Browser(self.address, self.port, self.tls)

    @property
    def lanes(self) -> int:
        """Enough that no question waits for another one."""
        return int(self.deadline / self.period) + 2

    async def ask(self, key: str) -> Answer:
        try:
            async with asyncio.timeout(self.deadline):
                response = await self._browser.ask(Request(self.path))
        except TimeoutError as error:
            return Answer(Outcome.UNKNOWN, complaint(error))
        except (OSError, StaleError, asyncio.IncompleteReadError) as error:
            return Answer(Outcome.FAIL, complaint(error))
        served_by = response.headers.get("x-served-by", "")
        if response.good:
            return Answer(Outcome.OK, served_by)
        return Answer(Outcome.FAIL, f"status {response.status} {served_by}".rstrip())

    async def close(self) -> None:
        await self._browser.close()

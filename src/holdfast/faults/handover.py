"""A planned handover, drilled as a fault is: what do users feel of it?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from holdfast.errors import HostError
from holdfast.hosts.base import Transport
from holdfast.platforms.machines.asking import switch_over


@dataclass(frozen=True)
class HandOver:
    """The datastore's primary on this host resigns, for whoever is best. Nothing is broken, so
    there is nothing to undo and nothing to expire. A handover that was refused is a HostError."""

    transport: Transport
    datastore: str
    name: str = "handover"

    @property
    def host(self) -> str:
        return self.transport.host

    @asynccontextmanager
    async def inject(self) -> AsyncIterator[float]:
        """See Fault."""
        struck = time.time()
        asked = asyncio.create_task(switch_over((self.transport,), self.datastore, None))
        try:
            yield struck
        finally:
            answer = await asked
        if not answer["ok"]:
            raise HostError(self.host, self.name, str(answer["why"]))

"""The job: every few seconds settle what was ordered since, and remember how it went."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field
from typing import Protocol

from refusal import Unavailable, Unknown

PERIOD_S = 3.0
"""Between two rounds that found no more than they could settle."""
LATE_S = 15.0
"""Without a round that ended well for so long, the job says that it is not ready."""
BATCH = 200
"""Orders at most in one batch: a write set that every member certifies in milliseconds."""

log = logging.getLogger("settlement")


@dataclass(frozen=True)
class Batch:
    """What was settled together; `total` in cents."""

    orders: int
    total: int


class Ledger(Protocol):
    async def settle(self, holder: str) -> Batch | None:
        """Settle up to BATCH open orders, all or none. None when somebody else holds the lease.
        May be repeated."""

    async def close(self) -> None: ...


@dataclass
class Job:
    ledger: Ledger
    holder: str
    settled: int = 0
    last: Batch | None = None
    trouble: str = ""
    well_at: float = field(default_factory=time.monotonic)

    async def run(self) -> None:
        """For ever. A round that fails is told, and the next one does its work."""
        while True:
            batch = await self.round()
            if batch is None or batch.orders < BATCH:
                await asyncio.sleep(PERIOD_S)

    async def round(self) -> Batch | None:
        try:
            batch = await self.ledger.settle(self.holder)
        except (Unavailable, Unknown) as error:
            self.trouble = str(error)
            log.warning("not settled: %s", error)
            return None
        self.well_at, self.trouble = time.monotonic(), ""
        if batch is None:
            self.trouble = "somebody else holds the lease"
        elif batch.orders:
            self.settled, self.last = self.settled + batch.orders, batch
            log.info("settled %d orders, %d cents", batch.orders, batch.total)
        return batch

    @property
    def silent_s(self) -> float:
        """Seconds since a round ended well."""
        return time.monotonic() - self.well_at

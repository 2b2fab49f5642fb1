"""The one course that every fault takes: arm, break, heal, disarm."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from holdfast.faults.base import Expiry

Step = Callable[[], Awaitable[None]]


@asynccontextmanager
async def guarded(expiry: Expiry, strike: Step, heal: Step) -> AsyncIterator[float]:
    """Heals also after a strike that failed. When healing fails, the expiry stays armed and has
    another try."""
    await expiry.arm()
    try:
        struck = time.time()
        await _whole(strike)
        yield struck
    finally:
        await heal()
        await expiry.disarm()


async def _whole(step: Step) -> None:
    """Take the step to its end, also when cancelled in it: half a strike cannot be healed, the
    rest of it would come after the healing."""
    striking = asyncio.ensure_future(step())
    try:
        await asyncio.shield(striking)
    except asyncio.CancelledError:
        await asyncio.gather(striking, return_exceptions=True)
        raise

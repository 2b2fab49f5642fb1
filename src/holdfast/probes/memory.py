"""A probe of a system that exists on paper only: it answers as its script says. For tests.

The script is a list of outages. A question is processed half-way through `latency`; one that is
processed during an outage is not served: it fails at once where the outage `refuses`, and hangs
until its deadline where it does not, as with a peer that lost its power.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from holdfast.drill.timeline import Outcome
from holdfast.probes.base import Answer


@dataclass(frozen=True)
class Down:
    """Out in [since, until), seconds on the script's clock."""

    since: float
    until: float
    refuses: bool = False


@dataclass
class MemoryProbe:
    """`clock` tells the time of the script; `downs` may be added to while it runs; `kept` is
    where an acknowledged key goes."""

    name: str
    clock: Callable[[], float]
    period: float = 0.025
    deadline: float = 1.0
    lanes: int = 1
    ledger: str = ""
    latency: float = 0.004
    downs: Sequence[Down] = ()
    kept: set[str] = field(default_factory=set)

    async def ask(self, key: str) -> Answer:
        await asyncio.sleep(self.latency / 2)
        now = self.clock()
        down = next((d for d in self.downs if d.since <= now < d.until), None)
        if down is None:
            self.kept.add(key)
            await asyncio.sleep(self.latency / 2)
            return Answer(Outcome.OK)
        if down.refuses:
            return Answer(Outcome.FAIL, "refused")
        await asyncio.sleep(self.deadline - self.latency / 2)
        return Answer(Outcome.UNKNOWN, "no answer within the deadline")

    async def close(self) -> None:
        return

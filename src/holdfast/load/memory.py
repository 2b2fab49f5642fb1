"""An edge that exists on paper only: it answers in turn, and not while it is down. For tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

from holdfast.probes.http import Request, Response
from holdfast.probes.memory import Down


@dataclass
class MemoryEdge:
    """`gateway` answers for a service's `seats` (host/service/instance) in turn, each after
    `latency` seconds. `heard` has what was asked."""

    gateway: str
    seats: Sequence[str]
    clock: Callable[[], float]
    latency: float = 0.005
    downs: Sequence[Down] = ()
    heard: list[Request] = field(default_factory=list)
    turn: count[int] = field(default_factory=count)

    async def ask(self, request: Request) -> Response:
        self.heard.append(request)
        await asyncio.sleep(self.latency)
        now = self.clock()
        down = next((d for d in self.downs if d.since <= now < d.until), None)
        if down is not None:
            if down.refuses:
                raise ConnectionRefusedError("refused")
            await asyncio.sleep(down.until - now)
        seat = self.seats[next(self.turn) % len(self.seats)]
        headers = {"x-served-through": self.gateway, "x-served-by": seat}
        return Response(200, headers, b"{}", kept=True)

    async def close(self) -> None:
        return

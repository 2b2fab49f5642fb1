"""Orders, and their settlement, in this process's memory: for one's own machine and for tests."""

from __future__ import annotations

from datetime import UTC, datetime

from orders.ordering import Order
from orders.placed import Placed, same, shown_line
from settlement.job import Batch


class MemoryOrders:
    def __init__(self) -> None:
        self._orders: list[tuple[str, Placed]] = []
        self._keys: dict[tuple[str, str], Placed] = {}

    async def add(self, order: Order) -> Placed:
        if found := self._keys.get((order.subject, order.key)):
            return same(found, order)
        placed: Placed = {
            "id": len(self._orders) + 1,
            "total": order.total,
            "placed_at": _now(),
            "settled_at": None,
            "settled_by": None,
            "lines": [shown_line(line) for line in order.lines],
        }
        self._orders.append((order.subject, placed))
        self._keys[order.subject, order.key] = placed
        return placed

    async def one(self, subject: str, number: int) -> Placed | None:
        return next(
            (p for p in await self.newest(subject, number + 1, 1) if p["id"] == number), None
        )

    async def newest(self, subject: str, before: int, limit: int) -> list[Placed]:
        own = (placed for who, placed in reversed(self._orders) if who == subject)
        return [placed for placed in own if placed["id"] < before][:limit]

    async def settle(self, holder: str) -> Batch:
        """All open orders, as settlement.store does with a batch of them."""
        opened = [placed for _, placed in self._orders if placed["settled_at"] is None]
        for placed in opened:
            placed |= {"settled_at": _now(), "settled_by": holder}
        return Batch(len(opened), sum(placed["total"] for placed in opened))

    async def ready(self) -> None: ...

    async def close(self) -> None: ...


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")

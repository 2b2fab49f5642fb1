"""Carts and counters in this process's memory: for one's own machine and for tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from cart.carts import Cart


class MemoryCarts:
    def __init__(self) -> None:
        self._carts: dict[str, Cart] = {}
        self._looks: Counter[str] = Counter()

    async def put(self, session: str, item: str, quantity: int) -> Cart:
        cart = self._carts.setdefault(session, {})
        cart[item] = quantity
        if not quantity:
            del cart[item]
        return await self.read(session)

    async def empty(self, session: str) -> None:
        self._carts.pop(session, None)

    async def read(self, session: str) -> Cart:
        return dict(sorted(self._carts.get(session, {}).items()))

    async def looked(self, item: str) -> int:
        self._looks[item] += 1
        return self._looks[item]

    async def looks(self, items: Iterable[str]) -> dict[str, int]:
        return {item: self._looks[item] for item in items}

    async def ready(self) -> None: ...

    async def close(self) -> None: ...

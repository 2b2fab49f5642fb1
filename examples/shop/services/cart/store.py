"""Sessions, carts and counters in a Redis Cluster.

What must last is acknowledged when a replica has it as well: that a session exists, and what is in
its cart. How often something was looked at is counted without waiting: the last few counts may go
with a primary that is lost, and nobody minds.
"""

from __future__ import annotations

from collections.abc import Iterable

from cart.carts import SESSION_S, Cart
from cart.cluster import Cluster, Command

# What is taken out stays as a zero: a repeated change must be a write of its own, or WAIT would
# speak of an earlier one.
_NOTHING = "nothing"


class Store:
    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    async def put(self, session: str, item: str, quantity: int) -> Cart:
        key = _cart(session)
        change = ("hset", key, item, quantity)
        told = await self._cluster.write(key, change, _lasting(key), ("hgetall", key))
        return _counted(told[-1])

    async def empty(self, session: str) -> None:
        key = _cart(session)
        await self._cluster.write(key, ("del", key), ("hset", key, _NOTHING, 0), _lasting(key))

    async def read(self, session: str) -> Cart:
        return _counted((await self._cluster.ask(_cart(session), ("hgetall", _cart(session))))[0])

    async def looked(self, item: str) -> int:
        return int((await self._cluster.ask(_looks(item), ("incr", _looks(item))))[0])

    async def looks(self, items: Iterable[str]) -> dict[str, int]:
        keys = {item: _looks(item) for item in items}
        found = await self._cluster.ask_each({key: ("get", key) for key in keys.values()})
        return {item: int(found[key] or 0) for item, key in keys.items()}

    async def ready(self) -> None:
        await self._cluster.write("ready", ("set", "ready", 1))

    async def close(self) -> None:
        await self._cluster.close()


def _cart(session: str) -> str:
    return f"cart:{session}"


def _lasting(key: str) -> Command:
    return ("expire", key, SESSION_S)


def _looks(item: str) -> str:
    return f"looks:{item}"


def _counted(pairs: list[str] | dict[str, str]) -> Cart:
    """HGETALL's answer, which is a list on a bare connection that speaks RESP 2."""
    items = pairs.items() if isinstance(pairs, dict) else zip(pairs[::2], pairs[1::2], strict=True)
    return {item: int(quantity) for item, quantity in sorted(items) if int(quantity)}

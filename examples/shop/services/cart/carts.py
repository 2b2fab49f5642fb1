"""What the service asks of a store of sessions, carts and counters."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Protocol

SESSION_S = 30 * 86_400
"""A session that nothing happens in ends, and its cart with it."""

Cart = dict[str, int]
"""Item -> how many."""


class Carts(Protocol):
    """What the service asks of a store. Everything may be repeated."""

    async def put(self, session: str, item: str, quantity: int) -> Cart:
        """The cart with so many of the item in it; none with 0."""

    async def empty(self, session: str) -> None: ...

    async def read(self, session: str) -> Cart: ...

    async def looked(self, item: str) -> int:
        """Counts one more look at the item."""

    async def looks(self, items: Iterable[str]) -> dict[str, int]: ...

    async def ready(self) -> None:
        """Raises Unavailable or Unknown unless a primary and a replica of it answer."""

    async def close(self) -> None: ...


def new_session() -> str:
    return secrets.token_urlsafe(24)

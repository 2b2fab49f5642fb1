"""An order that was placed, and what the service asks of a store of them."""

from __future__ import annotations

from typing import Any, Protocol

from orders.ordering import Line, Order
from refusal import Problem, Refused

Placed = dict[str, Any]
"""id, total (cents), placed_at, settled_at, settled_by (the last two None until it is settled),
lines: item, quantity, price (cents). Times in ISO 8601."""

OTHER = Refused(409, Problem("Idempotency-Key", "was used for another order"))


class Orders(Protocol):
    async def add(self, order: Order) -> Placed:
        """The order under this person's key, new or found. Raises Refused (409) when that one is
        of other things."""

    async def one(self, subject: str, number: int) -> Placed | None: ...

    async def newest(self, subject: str, before: int, limit: int) -> list[Placed]: ...

    async def ready(self) -> None:
        """Raises Unavailable or Unknown unless the writer answers."""

    async def close(self) -> None: ...


def same(found: Placed, order: Order) -> Placed:
    """What was ordered then, if it is what is ordered now. Prices may have changed since."""
    then = [(line["item"], line["quantity"]) for line in found["lines"]]
    if then != [(line.item, line.quantity) for line in order.lines]:
        raise OTHER
    return found


def shown_line(line: Line) -> dict[str, Any]:
    return {"item": line.item, "quantity": line.quantity, "price": line.price}

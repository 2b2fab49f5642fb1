"""What a person orders, and what is wrong with it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec

from catalogue.goods import BY_ID, QUANTITY_MAX
from refusal import Problem, Refused

LINES_MAX = 50


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    item: str
    quantity: Annotated[int, msgspec.Meta(ge=1, le=QUANTITY_MAX)]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    lines: Annotated[list[Wanted], msgspec.Meta(min_length=1, max_length=LINES_MAX)]


@dataclass(frozen=True)
class Line:
    """`price` in cents, each."""

    item: str
    quantity: int
    price: int


@dataclass(frozen=True)
class Order:
    subject: str
    key: str
    lines: tuple[Line, ...]

    @property
    def total(self) -> int:
        return sum(line.quantity * line.price for line in self.lines)


def order(subject: str, key: str, asked: Asked) -> Order:
    """Priced by the catalogue, whatever the page thinks. Raises Refused (422)."""
    problems = [
        *(
            Problem(f"lines[{n}].item", "is not sold here")
            for n, wanted in enumerate(asked.lines)
            if wanted.item not in BY_ID
        ),
        *([Problem("lines", "name an item twice")] if _twice(asked) else []),
    ]
    if problems:
        raise Refused(422, *problems)
    lines = (Line(w.item, w.quantity, BY_ID[w.item].price) for w in asked.lines)
    return Order(subject, key, tuple(sorted(lines, key=lambda line: line.item)))


def _twice(asked: Asked) -> bool:
    return len({wanted.item for wanted in asked.lines}) < len(asked.lines)

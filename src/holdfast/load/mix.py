"""Which question is asked next, and through which virtual address. Pure.

Users' choices are laid out as evenly as they can be: what is uneven afterwards is the system's
doing and not that of dice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """One kind of question: `name` for people, `weight` against the other parts, and either the
    `path` of a GET or the `journey` of which it is the next step."""

    name: str
    path: str = ""
    weight: int = 1
    journey: str = ""


def turns(parts: Sequence[Part], vips: int) -> Iterator[tuple[int, int]]:
    """Endlessly, the number of a part and of a virtual address. Parts come by weight, spread out
    (smooth weighted round robin, as nginx does it); each goes round all addresses in turn."""
    total = sum(part.weight for part in parts)
    credit = [0] * len(parts)
    asked = [0] * len(parts)
    while True:
        for number, part in enumerate(parts):
            credit[number] += part.weight
        chosen = max(range(len(parts)), key=credit.__getitem__)
        credit[chosen] -= total
        yield chosen, (asked[chosen] + chosen) % vips
        asked[chosen] += 1

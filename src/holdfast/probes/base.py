"""What a probe is: it asks once, and says ok, fail or unknown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from holdfast.drill.timeline import Outcome


@dataclass(frozen=True)
class Answer:
    outcome: Outcome
    detail: str = ""
    key: str = ""


class Probe(Protocol):
    """One user-visible path. `period` in seconds between questions."""

    name: str
    period: float

    async def ask(self, key: str) -> Answer:
        """Ask once, within a deadline of its own. `key` is unique; a writer stores it.
        A defect in a probe may raise: the runner records it as unknown."""
        ...

    async def close(self) -> None: ...

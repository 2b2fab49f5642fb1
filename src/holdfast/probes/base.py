"""What a probe is: it asks once, and says ok, fail or unknown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from holdfast.drill.timeline import Outcome


@dataclass(frozen=True)
class Answer:
    outcome: Outcome
    detail: str = ""


class Probe(Protocol):
    """One user-visible path, seen as one of its users would.

    `period`: seconds between questions. `deadline`: seconds after which a question counts as not
    answered; a question whose turn comes later than that is not asked at all. `lanes`: how many
    questions may be under way at once; one for a client with a single kept connection.
    `ledger`: where a writer leaves its keys, a datastore or a journey's own table (drill/ledger.py
    says how it is named); "" for one that only reads.
    """

    name: str
    period: float
    deadline: float
    ledger: str

    @property
    def lanes(self) -> int: ...

    async def ask(self, key: str) -> Answer:
        """Ask once, and be back within the deadline. `key` is unique; a writer stores it.
        A defect in a probe may raise: the runner records it as unknown."""
        ...

    async def close(self) -> None:
        """Let go of connections; safe to call twice."""
        ...

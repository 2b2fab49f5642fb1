"""What the runner needs of a system under drill, whatever it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from holdfast.drill.look import Look
from holdfast.drill.timeline import Event, Sample


@dataclass(frozen=True)
class Offset:
    """A host's clock minus ours, in seconds, and how far that may be wrong."""

    seconds: float
    error: float


class Scene(Protocol):
    """A system, as a drill sees it. Nothing here raises for a host that does not answer: what it
    would have said is missing, and that is a finding."""

    async def heal(self) -> None:
        """Undo whatever earlier drills may have left broken."""
        ...

    async def offsets(self) -> Mapping[str, Offset]:
        """How every host's clock differs from ours."""
        ...

    async def look(self) -> Look:
        """One look at everything."""
        ...

    async def events(self, since: float, offsets: Mapping[str, Offset]) -> Sequence[Event | Sample]:
        """What the hosts tell from `since` on, on our clock: their logs, and whoever looked on
        there."""
        ...

    async def ledger(self, name: str, run: str) -> Mapping[str, frozenset[str] | None]:
        """By host, all keys beginning with `run` that its member has, exactly once where that can
        differ; None if it did not tell. `name` is what the probes call their ledger."""
        ...

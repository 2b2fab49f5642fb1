"""All hosts of a drill at once: their clocks and journals, asked through each one's own tools."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from holdfast.drill import journal
from holdfast.drill.openloop import Clock
from holdfast.drill.scene import Offset
from holdfast.errors import HostError
from holdfast.hosts.base import Transport

T = TypeVar("T")

LOOK_S = 5.0
LOGS_S = 30.0
_CLOCK_LOOKS = 5


@dataclass(frozen=True)
class Doors:
    """One Transport per host."""

    doors: Mapping[str, Transport]
    clock: Clock

    async def offsets(self) -> Mapping[str, Offset]:
        """How the clock of every host that answers differs from ours."""
        found = await self.each(self._offset, LOOK_S)
        return {host: offset for host, offset in found.items() if offset is not None}

    async def _offset(self, door: Transport) -> Offset:
        """The quickest of a few readings of its clock. Less than the error is no difference."""
        readings = [await self._reading(door) for _ in range(_CLOCK_LOOKS)]
        best = min(readings, key=lambda reading: reading.error)
        return best if abs(best.seconds) > best.error else Offset(0.0, best.error)

    async def _reading(self, door: Transport) -> Offset:
        before = self.clock()
        told = float((await output(door, "date", "+%s.%N")).strip())
        after = self.clock()
        return Offset(told - (before + after) / 2, (after - before) / 2)

    async def journals(
        self, since: float, offsets: Mapping[str, Offset], *only: str
    ) -> Mapping[str, str]:
        """Every answering host's journal from that moment on, as JSON lines. `only`: further
        arguments of journalctl."""

        async def journal_of(door: Transport) -> str:
            begin = since + offsets.get(door.host, Offset(0, 0)).seconds
            return await output(
                door,
                "journalctl",
                "--no-pager",
                "--output=json",
                f"--output-fields={journal.FIELDS}",
                f"--since=@{begin:.3f}",
                *only,
            )

        found = await self.each(journal_of, LOGS_S)
        return {host: text for host, text in found.items() if text is not None}

    async def each(
        self, ask: Callable[[Transport], Awaitable[T]], limit: float
    ) -> dict[str, T | None]:
        """Ask all hosts at once; None for one that fails, answers nonsense or takes too long."""

        async def one(door: Transport) -> T | None:
            try:
                async with asyncio.timeout(limit):
                    return await ask(door)
            except (HostError, TimeoutError, ValueError, KeyError):
                return None

        answers = await asyncio.gather(*(one(door) for door in self.doors.values()))
        return dict(zip(self.doors, answers, strict=True))


async def output(door: Transport, *argv: str) -> str:
    """What a command prints. Raises HostError when it fails."""
    answer = await door.run(*argv)
    if not answer.ok:
        raise HostError(door.host, argv[0], answer.err.strip())
    return answer.out

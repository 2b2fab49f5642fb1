"""How we reach a machine: three verbs, one result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Result:
    """What a command left behind. A missing command is code 127, never an exception."""

    code: int
    out: str
    err: str

    @property
    def ok(self) -> bool:
        return self.code == 0


class Transport(Protocol):
    """A door to one host. Argv only, no shell. Timeouts belong to the caller (asyncio.timeout).

    Raises HostError when the host cannot be reached, its key is wrong or the connection breaks.
    """

    host: str

    async def run(self, *argv: str, stdin: str = "") -> Result:
        """Run a command and wait for it."""
        ...

    async def put(self, path: str, content: str, mode: int = 0o644) -> None:
        """Write a file as a whole: readers see the old or the new one, never a part."""
        ...

    async def get(self, path: str) -> str:
        """Read a text file. Raises HostError when it cannot be read."""
        ...

    async def close(self) -> None:
        """Give the connection back; safe to call twice."""
        ...

"""A host made of a dict of files and a list of answers: for tests and drills in virtual time.

Nothing runs here. A command gets the answer written for it, and any other one is not found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from holdfast.errors import HostError
from holdfast.hosts.base import Result

Answer = Result | Callable[[str], Result]
"""What a command leaves behind; a callable is given the command's input."""


@dataclass
class MemoryHost:
    """`ran` keeps every command in order. With `reachable` False it behaves as a dead host."""

    host: str
    answers: Mapping[tuple[str, ...], Answer] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    modes: dict[str, int] = field(default_factory=dict)
    ran: list[tuple[str, ...]] = field(default_factory=list)
    reachable: bool = True

    async def run(self, *argv: str, stdin: str = "") -> Result:
        """See Transport.run."""
        self._reach(f"run {argv[0]}")
        self.ran.append(argv)
        answer = self.answers.get(argv, Result(127, "", f"{argv[0]}: command not found\n"))
        return answer if isinstance(answer, Result) else answer(stdin)

    async def put(self, path: str, content: str, mode: int = 0o644) -> None:
        """See Transport.put. Every folder exists."""
        self._reach(f"write {path}")
        self.files[path] = content
        self.modes[path] = mode

    async def get(self, path: str) -> str:
        """See Transport.get."""
        self._reach(f"read {path}")
        try:
            return self.files[path]
        except KeyError:
            raise HostError(self.host, f"read {path}", "no such file") from None

    async def close(self) -> None:
        """Nothing to give back."""

    def _reach(self, step: str) -> None:
        if not self.reachable:
            raise HostError(self.host, step, "no route to a host that is off")

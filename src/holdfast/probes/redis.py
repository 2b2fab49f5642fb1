"""A client of one Redis shard that writes one field of a hash per question.

It keeps one connection and no map of the cluster. Whichever member is asked either writes, or names
the one whose it is to write (MOVED), which is asked instead. A host that gave no answer is left
alone for a moment, and the others are asked whether they know a new primary.

What counts as acknowledged is strict: the write has been answered, and then WAIT, on the same
connection, with as many replicas as were demanded. A write that was refused is not done. Everything
else after sending proves nothing.

Not redis-py's cluster client: it has WAIT answer for another connection than the write's, and after
a lost member it makes all its connections anew, at 0.1 s of CPU each time; what it needs in an
outage would be missing to the system that is measured.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from holdfast.drill.timeline import Outcome
from holdfast.probes.base import Answer

Address = tuple[str, int]

_CONNECT_S = 0.3
_ANSWER_S = 0.5
_WAIT_MS = 400
"""Less than a client waits for any answer, so that a primary without replicas can say so."""
_SILENT_S = 0.5
_HOPS = 3
"""As often a member may name another one within a question."""


@dataclass(frozen=True)
class Doors:
    """The members of a shard, and what a client shows to all of them."""

    members: tuple[Address, ...]
    user: str
    password: Path
    ca: Path
    cert: Path
    key: Path


@dataclass
class Line:
    """A connection to one member."""

    address: Address
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, *commands: tuple[str, ...]) -> None:
        self.writer.write(b"".join(_packed(command) for command in commands))

    async def hear(self) -> str:
        """One reply of one line, its type included: all that is asked here gives no other."""
        line = await self.reader.readuntil(b"\r\n")
        return line.decode("utf-8", "replace").strip()

    def close(self) -> None:
        """Without ceremony: the other side may be dead."""
        self.writer.transport.abort()


@dataclass
class RedisProbe:
    """`hash_prefix` and the run's name are the key of the hash that is written; the tag in it names
    the shard. `replicas`: how many must have a write; 0 asks for the primary's answer alone."""

    name: str
    doors: Doors
    hash_prefix: str
    replicas: int
    ledger: str
    period: float = 0.05
    deadline: float = 1.0
    lanes: int = 1
    _line: Line | None = None
    _named: Address | None = None
    _silent: dict[str, float] = field(default_factory=dict)

    async def ask(self, key: str) -> Answer:
        """Goes on to whom it is told to go; else one attempt."""
        answer = Answer(Outcome.FAIL, "no member could be asked")
        for _ in range(_HOPS):
            line, why = await self._connected()
            if line is None:
                return Answer(Outcome.FAIL, why)
            answer = await self._write(line, key)
            if self._named is None or self._is_silent(self._named):
                break
            await self.close()
        return answer

    async def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()

    # --- whom to ask -----------------------------------------------------------------------------

    async def _connected(self) -> tuple[Line | None, str]:
        if self._line is None:
            address = self._whom()
            try:
                async with asyncio.timeout(_CONNECT_S):
                    self._line = await _opened(address, self.doors)
            except (OSError, EOFError, TimeoutError, PermissionError) as error:
                self._avoid(address)
                return None, f"no connection to {address[0]}: {error or type(error).__name__}"
        return self._line, ""

    def _whom(self) -> Address:
        """Who was named; else the next member, the silent ones last."""
        if self._named is not None and not self._is_silent(self._named):
            return self._named
        return min(self.doors.members, key=lambda member: self._silent.get(member[0], 0.0))

    def _avoid(self, address: Address) -> None:
        self._silent[address[0]] = _now() + _SILENT_S

    def _is_silent(self, address: Address) -> bool:
        return self._silent.get(address[0], 0.0) > _now()

    # --- a write ---------------------------------------------------------------------------------

    async def _write(self, line: Line, key: str) -> Answer:
        try:
            async with asyncio.timeout(_ANSWER_S):
                written, reached = await self._told(line, key)
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError) as error:
            self._avoid(line.address)
            await self.close()
            return Answer(Outcome.UNKNOWN, f"{line.address[0]}: {error or type(error).__name__}")
        if written.startswith("-MOVED"):
            self._named = _address(written)
        if not written.startswith(":"):
            return Answer(Outcome.FAIL, f"{line.address[0]}: {written}")
        if not (reached.startswith(":") and int(reached[1:]) >= self.replicas):
            return Answer(Outcome.UNKNOWN, f"{line.address[0]}: WAIT says {reached}")
        return Answer(Outcome.OK)

    async def _told(self, line: Line, key: str) -> tuple[str, str]:
        """What is answered to the write, and to the question how many replicas have it."""
        self._named = None
        name = self.hash_prefix + key.partition("/")[0]
        write = ("HSET", name, key, "1")
        if not self.replicas:
            line.send(write)
            return await line.hear(), ":0"
        line.send(write, ("WAIT", str(self.replicas), str(_WAIT_MS)))
        return await line.hear(), await line.hear()


async def _opened(address: Address, doors: Doors) -> Line:
    """Raises OSError, EOFError; PermissionError where we are not let in."""
    context = _context(doors.ca, doors.cert, doors.key)
    line = Line(address, *await asyncio.open_connection(*address, ssl=context))
    try:
        line.send(("AUTH", doors.user, doors.password.read_text().strip()))
        reply = await line.hear()
    except BaseException:
        line.close()
        raise
    if reply != "+OK":
        line.close()
        raise PermissionError(reply)
    return line


@cache
def _context(ca: Path, cert: Path, key: Path) -> ssl.SSLContext:
    """Made once: reading certificates takes longer than many a connection."""
    context = ssl.create_default_context(cafile=str(ca))
    context.load_cert_chain(cert, key)
    return context


def _packed(command: tuple[str, ...]) -> bytes:
    """As a RESP array of bulk strings."""
    words = [word.encode() for word in command]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)


def _address(moved: str) -> Address:
    """From `-MOVED <slot> <host>:<port>`."""
    host, _, port = moved.rpartition(" ")[2].rpartition(":")
    return host, int(port)


def _now() -> float:
    return asyncio.get_running_loop().time()

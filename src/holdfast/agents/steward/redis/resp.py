"""Just enough of the Redis serialization protocol (RESP2) for one unix socket."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path

Reply = str | int | None | Exception | list["Reply"]
Command = Sequence[str | int]


class ReplyError(Exception):
    """The server has understood, and refuses."""


class Connection:
    """Raises OSError, also on nonsense; then it is of no more use. For one thread."""

    def __init__(self, path: Path, limit_s: float) -> None:
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            self._line.settimeout(limit_s)
            self._line.connect(str(path))
        except OSError:
            self._line.close()
            raise
        self._in = self._line.makefile("rb")

    def close(self) -> None:
        self._in.close()
        self._line.close()

    def ask(self, *command: str | int) -> Reply:
        """Raises ReplyError on a refusal."""
        (reply,) = self.all([command])
        if isinstance(reply, Exception):
            raise reply
        return reply

    def all(self, commands: Sequence[Command]) -> list[Reply]:
        """In one piece, so that the server carries them out without others' in between (it reads
        16 KiB at once). Refusals are among the replies."""
        self._line.sendall(b"".join(_packed(command) for command in commands))
        return [self._reply() for _ in commands]

    def _reply(self) -> Reply:
        line = self._in.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the server has hung up")
        kind, rest = line[:1], line[1:-2].decode("utf-8", "replace")
        try:
            return self._typed(kind, rest)
        except ValueError as error:
            raise ConnectionError(f"not RESP: {line[:40]!r}") from error

    def _typed(self, kind: bytes, rest: str) -> Reply:
        """Raises ValueError on nonsense."""
        match kind:
            case b"+":
                return rest
            case b"-":
                return ReplyError(rest)
            case b":":
                return int(rest)
            case b"$":
                return self._bulk(int(rest))
            case b"*":
                return [self._reply() for _ in range(int(rest))]
        raise ValueError(kind)

    def _bulk(self, size: int) -> str | None:
        if size < 0:
            return None
        text = self._in.read(size + 2)
        if len(text) < size + 2:
            raise ConnectionError("the server has hung up")
        return text[:-2].decode("utf-8", "replace")


def _packed(command: Command) -> bytes:
    words = [str(word).encode() for word in command]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)

"""haproxy's admin socket: what we ask it, and how its answers read.

Management guide, section 9.3: `set server`, `shutdown session`, `shutdown sessions server`,
`show servers state`, `show sess`.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

_FORCED_MAINT = 0x01
"""srv_admin_state's bit for maintenance by file or by command."""

_STOPPED = 0
"""srv_op_state of a server that is down, by its checks or by maintenance."""

_TIMEOUT_S = 1.0

Server = tuple[str, str]
"""Backend and server."""


class NotRunningError(Exception):
    """Nobody listens: haproxy is stopped, hence forwards nothing."""


class RefusedError(Exception):
    """haproxy answered, but not as asked, or broke off."""


class SilentError(RefusedError):
    """haproxy listens, but said nothing for a second."""


@dataclass(frozen=True)
class Admin:
    path: str

    def ask(self, commands: Iterable[str]) -> str:
        """All commands in one line, their answers in one text.

        Raises NotRunningError, RefusedError, SilentError."""
        return self._say(";".join(commands) + "\n")

    def expect(self, answer: str, command: str, payload: str = "") -> None:
        """One command, with text that it is to work on, and what it says when it succeeds. The
        text ends at its first empty line. Raises as `ask` does."""
        said = self._say(f"{command} <<\n{payload}\n" if payload else f"{command}\n")
        if answer not in said:
            raise RefusedError(said.strip())

    def _say(self, text: str) -> str:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as door:
                door.settimeout(_TIMEOUT_S)
                self._open(door)
                door.sendall(text.encode())
                return _everything(door)
        except TimeoutError as error:
            raise SilentError("no answer") from error
        except OSError as error:
            raise RefusedError(str(error)) from error

    def change(self, commands: Iterable[str]) -> None:
        """Commands that answer nothing when they succeed. Raises as `ask` does."""
        answer = self.ask(commands).strip()
        if answer:
            raise RefusedError(answer)

    def _open(self, door: socket.socket) -> None:
        try:
            door.connect(self.path)
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise NotRunningError(str(error)) from error


def _everything(door: socket.socket) -> str:
    parts = []
    while part := door.recv(65536):
        parts.append(part)
    if not parts:
        raise RefusedError("no answer")
    return b"".join(parts).decode(errors="replace")


def sever(server: Server) -> list[str]:
    """Out of use, and nothing passes from now on: for a gate.

    haproxy 3.0 then never ends a session that was just connecting to a dead server; its client
    waits for nothing. That is as good as closed, but no way to treat users: see `cuts`. (Its
    `on-marked-down shutdown-sessions` does the same, hence no server has it.)
    """
    return [*retire(server), f"shutdown sessions server {'/'.join(server)}"]


def retire(server: Server) -> list[str]:
    """Out of use for whoever comes next."""
    return [f"set server {'/'.join(server)} state maint"]


def ready(server: Server) -> list[str]:
    return [f"set server {'/'.join(server)} state ready"]


_SESSION = re.compile(r"^(0x[0-9a-f]+): .* be=(\S+) srv=(\S+) .* scb=\[(\d+),")
_ESTABLISHED = "8"
"""SC_ST_EST of haproxy's stream connectors: the server's side is connected."""


def cuts(sessions: str, servers: Collection[Server]) -> list[str]:
    """`show sess`: the commands that end the established sessions with `servers`. Those that are
    still connecting are left to their connect timeout, and go to the next server."""
    found = (match.groups() for each in sessions.splitlines() if (match := _SESSION.match(each)))
    return [
        f"shutdown session {pointer}"
        for pointer, backend, server, state in found
        if state == _ESTABLISHED and (backend, server) in servers
    ]


def close(server: Server, gates: Collection[str]) -> list[str]:
    return sever(server) if server[0] in gates else retire(server)


@dataclass(frozen=True)
class Seen:
    """A server as haproxy has it: not in maintenance; not stopped, by checks or otherwise."""

    in_use: bool
    up: bool


def parse_servers(text: str) -> dict[Server, Seen]:
    """`show servers state`: which servers there are, and how they are. Raises RefusedError on
    text that is something else."""
    columns: list[str] = []
    servers: dict[Server, Seen] = {}
    for line in text.splitlines():
        words = line.split()
        if line.startswith("# "):
            columns = words[1:]
        elif columns and len(words) >= len(columns):
            row = dict(zip(columns, words, strict=False))
            servers[row["be_name"], row["srv_name"]] = Seen(
                in_use=not int(row["srv_admin_state"]) & _FORCED_MAINT,
                up=int(row["srv_op_state"]) != _STOPPED,
            )
    if not columns:
        raise RefusedError(text[:80])
    return servers


def corrections(
    actual: Mapping[Server, bool], wanted: Mapping[Server, bool], gates: Collection[str]
) -> list[str]:
    """The commands that make `actual` what is wanted. Servers nobody wanted anything of, or that
    haproxy does not have, are left alone; what must be closed is closed first. `gates` are the
    backends that are."""
    wrong = [each for each in wanted if actual.get(each, wanted[each]) != wanted[each]]
    closing = [line for each in wrong if not wanted[each] for line in close(each, gates)]
    opening = [line for each in wrong if wanted[each] for line in ready(each)]
    return closing + opening

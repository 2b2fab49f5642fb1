"""A host over SSH: one connection, opened on demand, with its host key checked."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncssh

from holdfast.errors import HostError
from holdfast.hosts.base import Result
from holdfast.spec.model import Ssh

_CONNECT_S = 15
"""For everything up to and including the login."""
_KEEPALIVE_S = 2
_KEEPALIVES = 5
_SESSIONS = 6
"""At once on one connection; sshd's own limit is 10 (MaxSessions)."""
_PATIENCE = 100
_PAUSE_S = 0.05

_REPLACE = 'umask 077 && cat >"$1.new" && chmod "$2" "$1.new" && mv -fT "$1.new" "$1"'


class SshHost:
    """See Transport. A lost connection fails the commands on it, which may or may not have run;
    the next command connects again. Whoever logs in, commands run as root."""

    def __init__(self, host: str, address: str, ssh: Ssh) -> None:
        self.host = host
        self._address = address
        self._ssh = ssh
        self._as_root = () if ssh.user == "root" else ("sudo", "--non-interactive", "--", "env")
        self._connection: asyncssh.SSHClientConnection | None = None
        self._connecting = asyncio.Lock()
        self._sessions = asyncio.Semaphore(_SESSIONS)

    async def run(self, *argv: str, stdin: str = "") -> Result:
        """See Transport.run. A cancelled command loses its input and output, and is killed if
        the host still listens."""
        command = shlex.join((*self._as_root, *argv))
        async with (
            self._sessions,
            self._errors(f"run {argv[0]}"),
            await self._started(command) as process,
        ):
            with suppress(BrokenPipeError):  # it may be over before it has read anything
                process.stdin.write(stdin)
                process.stdin.write_eof()
            try:
                done = await process.wait()
            except asyncio.CancelledError:
                process.kill()
                raise
        if done.returncode is None:
            raise HostError(self.host, f"run {argv[0]}", "the connection broke")
        return Result(done.returncode, str(done.stdout), str(done.stderr))

    async def put(self, path: str, content: str, mode: int = 0o644) -> None:
        """See Transport.put."""
        done = await self.run("sh", "-c", _REPLACE, "put", path, f"{mode:o}", stdin=content)
        if not done.ok:
            raise HostError(self.host, f"write {path}", done.err.strip())

    async def get(self, path: str) -> str:
        """See Transport.get."""
        read = await self.run("cat", "--", path)
        if not read.ok:
            raise HostError(self.host, f"read {path}", read.err.strip())
        return read.out

    async def close(self) -> None:
        """See Transport.close. Does not wait for a host that no longer answers."""
        if self._connection is not None:
            self._connection.abort()
            await self._connection.wait_closed()
            self._connection = None

    async def _started(self, command: str) -> asyncssh.SSHClientProcess[str]:
        """Have the command started. sshd still counts sessions that are just ending, and refuses
        one too many: that one has not run, and may be asked for again."""
        for _ in range(_PATIENCE):
            connection = await self._connected()
            try:
                return await connection.create_process(command, errors="replace")
            except asyncssh.ChannelOpenError:
                if connection.is_closed():
                    raise
            await asyncio.sleep(_PAUSE_S)
        raise HostError(self.host, "open a session", "sshd refuses", hint="see MaxSessions")

    @property
    def connected(self) -> bool:
        """Whether there is a connection, as far as we know."""
        return self._connection is not None and not self._connection.is_closed()

    async def _connected(self) -> asyncssh.SSHClientConnection:
        async with self._connecting:
            if self._connection is None or self._connection.is_closed():
                self._need_files()
                self._connection = await asyncssh.connect(self._address, **self._options())
            return self._connection

    def _need_files(self) -> None:
        for name in (self._ssh.key, self._ssh.known_hosts):
            if name and not (path := Path(name).expanduser()).is_file():
                hint = "for lab hosts: holdfast lab up; for others: correct ssh in the spec"
                raise HostError(self.host, "connect", f"there is no file {path}", hint)

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {
            "port": self._ssh.port,
            "username": self._ssh.user,
            "config": None,
            "preferred_auth": "publickey",
            "connect_timeout": _CONNECT_S,
            "login_timeout": _CONNECT_S,
            "keepalive_interval": _KEEPALIVE_S,
            "keepalive_count_max": _KEEPALIVES,
        }
        if self._ssh.key:
            options |= {"client_keys": [str(Path(self._ssh.key).expanduser())], "agent_path": None}
        if self._ssh.known_hosts:
            options["known_hosts"] = str(Path(self._ssh.known_hosts).expanduser())
        return options

    @asynccontextmanager
    async def _errors(self, step: str) -> AsyncIterator[None]:
        """Whatever goes wrong inside becomes a HostError that says what to do."""
        try:
            yield
        except asyncssh.HostKeyNotVerifiable as error:
            hint = f"if this is the right machine, put its key into {self._known_hosts}"
            raise HostError(
                self.host, step, f"host key not trusted: {error.reason}", hint
            ) from error
        except asyncssh.PermissionDenied as error:
            who = f"{self._ssh.user}@{self._address}"
            hint = f"let the key in: ssh-copy-id {who}, or set ssh.key for this host"
            raise HostError(self.host, step, f"{who} may not log in", hint) from error
        except asyncssh.Error as error:
            raise HostError(self.host, step, f"the connection broke: {error.reason}") from error
        except (OSError, TimeoutError, asyncssh.KeyImportError) as error:
            where = f"{self._address} port {self._ssh.port}"
            hint = f"is it on, and does sshd listen? try: ssh -p {self._ssh.port} {self._address}"
            raise HostError(self.host, step, f"no SSH to {where}: {error}", hint) from error

    @property
    def _known_hosts(self) -> str:
        return self._ssh.known_hosts or "~/.ssh/known_hosts"

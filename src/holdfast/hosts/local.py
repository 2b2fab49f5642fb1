"""This machine as a host."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
from pathlib import Path

from holdfast.errors import HostError
from holdfast.hosts.base import Result

NOT_EXECUTABLE = 126
NOT_FOUND = 127


class Local:
    """Runs commands as our own children, each the head of a session of its own: Ctrl-C reaches
    us alone, and a command that is cancelled is killed with whatever it has started."""

    def __init__(self, host: str = "localhost") -> None:
        self.host = host

    async def run(self, *argv: str, stdin: str = "") -> Result:
        """See Transport.run."""
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *argv, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
            )
        except FileNotFoundError:
            return Result(NOT_FOUND, "", f"{argv[0]}: command not found\n")
        except PermissionError:
            return Result(NOT_EXECUTABLE, "", f"{argv[0]}: permission denied\n")
        try:
            out, err = await process.communicate(stdin.encode())
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        assert process.returncode is not None
        return Result(
            process.returncode, out.decode(errors="replace"), err.decode(errors="replace")
        )

    async def put(self, path: str, content: str, mode: int = 0o644) -> None:
        """See Transport.put."""
        try:
            replace_file(Path(path), content, mode)
        except OSError as error:
            raise HostError(self.host, f"write {path}", error.strerror or str(error)) from error

    async def get(self, path: str) -> str:
        """See Transport.get."""
        try:
            return read_file(Path(path))
        except OSError as error:
            raise HostError(self.host, f"read {path}", error.strerror or str(error)) from error

    async def close(self) -> None:
        """Nothing to give back."""


def command_line(pid: int) -> tuple[str, ...]:
    """A process's arguments; empty for one that is gone, a zombie or a kernel thread."""
    try:
        return tuple(Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")[:-1])
    except (FileNotFoundError, ProcessLookupError):
        return ()


def read_file(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def replace_file(path: Path, content: str, mode: int) -> None:
    """Write a whole file beside its place, then move it there."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
        Path(beside).chmod(mode)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise

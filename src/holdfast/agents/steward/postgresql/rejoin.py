"""A member whose log is not a prefix of the primary's becomes one again: rewind, else rebuild."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from ..commands import Cancel, CancelledError, FailedError, run
from ..log import Log
from ..proxy import Proxy
from .protocol import TermMap
from .replication import await_stream, source
from .server import USER, Server, make_folder

_CONSISTENT_S = 60.0
_COPY_S = 24 * 3600.0
_SYNC = "--sync-method=syncfs"
"""One call instead of one per file."""


@dataclass(frozen=True)
class Rejoining:
    """`token` is the slot to stream by, `terms` the primary's map."""

    server: Server
    proxy: Proxy
    primary: str
    token: str
    terms: TermMap
    log: Log
    cancel: Cancel

    def run(self, rewind: bool) -> None:
        """Returns when the member is consistent and streams. Raises FailedError, CancelledError."""
        server = self.server
        server.stop(signal.SIGINT, limit_s=10)
        self.proxy.choose_now(self.server.datastore.gate, self.primary)
        self._check_source()
        if rewind and server.exists() and not self._half_done.exists():
            try:
                self._by(self._rewind)
                return
            except CancelledError:
                raise
            except FailedError as error:
                self.log("rejoin", f"rebuild, since rewinding failed: {error}")
                server.stop(signal.SIGQUIT, limit_s=2)
        self._by(self._rebuild)

    def _by(self, way: Callable[[], None]) -> None:
        way()
        self.server.start(self.cancel, _CONSISTENT_S)
        await_stream(self.server, self.terms[-1].timeline, self.cancel)

    def _check_source(self) -> None:
        """Nothing is touched before the primary has answered."""
        try:
            psycopg2.connect(source(self.server.datastore)).close()
        except psycopg2.Error as error:
            raise FailedError(" ".join(str(error).split())) from error

    @property
    def _half_done(self) -> Path:
        """A rewind that was broken off leaves data that no rewind can repair."""
        return self.server.data.parent / "rewinding"

    def _rewind(self) -> None:
        """pg_rewind refuses a folder with standby.signal, and copies the source's files of
        configuration: ours are written afterwards."""
        server, datastore = self.server, self.server.datastore
        self._half_done.touch()
        _sync(self._half_done.parent)
        (server.data / "standby.signal").unlink(missing_ok=True)
        program = str(datastore.bin / "pg_rewind")
        config = f"--config-file={datastore.etc}/postgresql.conf"
        target = f"--target-pgdata={server.data}"
        self._run([program, target, config, _SYNC, f"--source-server={source(datastore)}"])
        self._sign()
        self._half_done.unlink()

    def _rebuild(self) -> None:
        """A fresh copy beside the old data, then in its place."""
        server, datastore = self.server, self.server.datastore
        fresh, old = (server.data.with_name(f"data.{which}") for which in ("new", "old"))
        for folder in (fresh, old):
            shutil.rmtree(folder, ignore_errors=True)
        make_folder(fresh)
        program = str(datastore.bin / "pg_basebackup")
        how = [f"--pgdata={fresh}", "--checkpoint=fast", "--wal-method=stream"]
        self._run([program, *how, _SYNC, f"--dbname={source(datastore)}"])
        if server.data.exists():
            server.data.rename(old)
        fresh.rename(server.data)
        self._sign()
        _sync(server.data.parent)
        self._half_done.unlink(missing_ok=True)
        shutil.rmtree(old, ignore_errors=True)

    def _run(self, argv: list[str]) -> None:
        began = time.monotonic()
        run(argv, user=USER, cancel=self.cancel, limit_s=_COPY_S)
        self.log("copied", f"{Path(argv[0]).name}: {time.monotonic() - began:.2f} s")

    def _sign(self) -> None:
        self.server.sign_standby()
        self.server.settings({"primary_slot_name": self.token})


def _sync(folder: Path) -> None:
    door = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(door)
    finally:
        os.close(door)

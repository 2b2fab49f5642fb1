"""One PostgreSQL server as a process: started (always as a standby), stopped, asked.

Only the steward starts it, through its systemd unit, so that limits, hardening and the log are
systemd's; signals go to the postmaster directly, since that is a matter of microseconds.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extensions

from ..commands import NEVER, Cancel, FailedError, run
from ..processes import children, signal_process
from .history import foreign
from .protocol import TermMap
from .settings import Datastore

USER = "postgres"
SOCKETS = "/run/postgresql"

_POLL_S = 0.005
_UNIT_POLL_S = 0.5
_STATEMENT_MS = 5000

Row = tuple[Any, ...]


class Server:
    """For one worker thread; `pid`, `expected`, `miss` and `kill` may be called from any."""

    def __init__(self, datastore: Datastore) -> None:
        self.datastore = datastore
        self.data = datastore.data
        self._expected: int | None = None
        self._expecting = threading.Lock()
        self._connection: psycopg2.extensions.connection | None = None

    # --- the process ---------------------------------------------------------------------------

    def pid(self) -> int | None:
        """The postmaster, if it runs on these data."""
        try:
            pid = int(self._pid_file()[0])
            here = Path(f"/proc/{pid}/cwd").samefile(self.data)
        except (OSError, ValueError, IndexError):
            return None
        return pid if here else None

    def start(self, cancel: Cancel, limit_s: float) -> None:
        """As a standby; returns when it answers queries, that is, is consistent. If it runs
        already, only wait. Raises FailedError, CancelledError."""
        self._expect(None)
        if self.pid() is None:
            self._disconnect()
            self.sign_standby()
            run(["systemctl", "start", "--no-block", self.datastore.unit])
        deadline = time.monotonic() + limit_s
        look_at = time.monotonic() + _UNIT_POLL_S
        while not self._ready():
            now = time.monotonic()
            if now >= look_at:
                self._check_unit()
                look_at = now + _UNIT_POLL_S
            if now >= deadline:
                raise FailedError(f"not consistent after {limit_s:g} s")
            cancel.pause(_POLL_S)
        self._expect(self.pid())

    def stop(self, how: signal.Signals, limit_s: float = 60.0) -> None:
        """SIGINT: in good order; SIGQUIT: at once, to be recovered at the next start. Whatever is
        left after `limit_s` is killed. Returns when nothing of it runs."""
        pid = self.order_stop(how)
        if pid is None:
            self._stop_unit()
            return
        deadline = time.monotonic() + limit_s
        while Path(f"/proc/{pid}").exists():
            if time.monotonic() > deadline:
                self.kill(pid)
            time.sleep(_POLL_S)

    def order_stop(self, how: signal.Signals) -> int | None:
        """As `stop`, but returns at once: the postmaster that is going; None: none runs."""
        self._expect(None)
        self._disconnect()
        pid = self.pid()
        if pid is not None:
            signal_process(pid, how)
        return pid

    def kill(self, pid: int) -> None:
        """All its processes, at once: for a server that no longer answers. What is forked in
        between, systemd kills when the postmaster is gone."""
        for each in (*children(pid), pid):
            signal_process(each, signal.SIGKILL)

    @property
    def expected(self) -> int | None:
        """The postmaster that should be running now: not while it is being started or stopped."""
        return self._expected

    def miss(self, pid: int) -> bool:
        """Expect `pid` no more; whether it was still expected, so that one report is made."""
        with self._expecting:
            missed = self._expected == pid
            self._expected = None if missed else self._expected
            return missed

    def _expect(self, pid: int | None) -> None:
        with self._expecting:
            self._expected = pid

    def sign_standby(self) -> None:
        """Without this file PostgreSQL would come up as a primary."""
        self.write("standby.signal", "")

    def exists(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    def _ready(self) -> bool:
        """Line 8 of postmaster.pid is the postmaster's own word on its state."""
        try:
            lines = self._pid_file()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready" and self.pid() is not None

    def _pid_file(self) -> list[str]:
        return (self.data / "postmaster.pid").read_text().splitlines()

    def _check_unit(self) -> None:
        """Raises FailedError when systemd has given up on it."""
        unit = self.datastore.unit
        said = run(["systemctl", "show", "--value", "-p", "ActiveState", "-p", "Job", unit]).split()
        if said in (["failed"], ["inactive"]):  # and no job is waiting to change that
            raise FailedError(f"{unit} is {said[0]} after start")

    def _stop_unit(self) -> None:
        """A unit that is about to start would start after us."""
        run(["systemctl", "stop", self.datastore.unit])

    # --- its files -----------------------------------------------------------------------------

    def write(self, name: str, text: str) -> None:
        """A file of the data folder, replaced as a whole, on disk when this returns."""
        path = self.data / name
        fresh = path.with_name(path.name + ".new")
        with fresh.open("w") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        shutil.chown(fresh, USER, USER)
        fresh.replace(path)

    def settings(self, settings: Mapping[str, str]) -> None:
        """What the steward alone sets; postgresql.conf includes this file."""
        lines = (f"{name} = '{value}'\n" for name, value in settings.items())
        self.write("holdfast.conf", "".join(lines))

    def histories(self) -> list[tuple[str, str]]:
        """(name, text) of the history files."""
        files = sorted((self.data / "pg_wal").glob("*.history"))
        return [(each.name, each.read_text()) for each in files]

    def forget_histories(self, terms: TermMap) -> bool:
        """Remove the history files that do not belong to `terms`; whether there were any. A
        running server may have read them already: it is stopped for that."""
        names = foreign(self.histories(), terms)
        if names:
            self.stop(signal.SIGINT, limit_s=10)
        for name in names:
            (self.data / "pg_wal" / name).unlink()
        return bool(names)

    def running_standby(self, limit_s: float) -> None:
        """Start it unless it runs as a standby; stop it first, by force, if it runs as anything
        else. Raises FailedError."""
        if self.pid() is not None and not self._is_standby():
            self.stop(signal.SIGQUIT, limit_s=2)
        self.start(NEVER, limit_s)

    def _is_standby(self) -> bool:
        """Promotion removes standby.signal; no answer counts as no."""
        if not self._ready():
            return (self.data / "standby.signal").exists()
        try:
            return bool(self.ask("select pg_is_in_recovery()")[0][0])
        except FailedError:
            return False

    def control(self) -> dict[str, str]:
        """pg_controldata, by its labels. Raises FailedError."""
        text = run([str(self.datastore.bin / "pg_controldata"), "-D", str(self.data)])
        pairs = (line.partition(":") for line in text.splitlines())
        return {label: value.strip() for label, _, value in pairs}

    # --- questions -----------------------------------------------------------------------------

    def ask(self, query: str, parameters: tuple[object, ...] = ()) -> list[Row]:
        """Over a connection that is kept. Raises FailedError."""
        try:
            if self._connection is None:
                self._connection = self.connect()
            with self._connection.cursor() as cursor:
                cursor.execute(query, parameters)
                return cursor.fetchall() if cursor.description else []
        except psycopg2.Error as error:
            self._disconnect()
            raise FailedError(" ".join(str(error).split())) from error

    def connect(
        self, dbname: str = USER, *, limit_ms: int = _STATEMENT_MS, async_: bool = False
    ) -> psycopg2.extensions.connection:
        """A fresh connection as the superuser, over the unix socket, every statement its own
        transaction and ended after `limit_ms` (0: never). Raises psycopg2.Error."""
        connection = psycopg2.connect(
            host=SOCKETS,
            port=self.datastore.port,
            user=USER,
            dbname=dbname,
            application_name="holdfast-steward",
            options=f"-c statement_timeout={limit_ms}",
            connect_timeout=5,
            async_=async_,
        )
        if not async_:
            connection.autocommit = True
        return connection

    def reload(self) -> None:
        """Make it read its configuration again."""
        pid = self.pid()
        if pid is not None:
            signal_process(pid, signal.SIGHUP)

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def make_folder(folder: Path) -> None:
    """For PostgreSQL's data; the way there is open, whatever umask we have."""
    for parent in (folder.parent.parent, folder.parent):
        parent.mkdir(parents=True, exist_ok=True)
        parent.chmod(0o755)
    folder.mkdir(mode=0o700)
    shutil.chown(folder, USER, USER)

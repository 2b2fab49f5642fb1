"""One MariaDB server as a process: started, asked, killed. Any thread may use it.

Only the steward starts it, through its systemd unit, so that limits, hardening and the log are
systemd's; signals go to the process directly.
"""

from __future__ import annotations

import re
import shutil
import signal
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pymysql
from pymysql.connections import Connection

from ..commands import FailedError, run
from ..durable import replace
from ..processes import signal_process
from .settings import Datastore

USER = "mysql"
NOWHERE = "00000000-0000-0000-0000-000000000000"
"""Galera's name for no history."""

_POLL_S = 0.02
_START_S = 20.0
_RECOVER_S = 300.0
_RECOVERED = re.compile(r"Recovered position:? (?P<uuid>[0-9a-f-]{36}):(?P<seqno>-?\d+)")
_GRASTATE = re.compile(r"^(?P<key>\w+):\s*(?P<value>\S+)", re.MULTILINE)


class Server:
    def __init__(self, datastore: Datastore) -> None:
        self.datastore = datastore
        self._boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()

    # --- the process -----------------------------------------------------------------------------

    def pid(self) -> int | None:
        """The server's process, also while it is still getting its data."""
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and self._is_ours(folder):
                return int(folder.name)
        return None

    def _is_ours(self, folder: Path) -> bool:
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        if not words[0].endswith(b"mariadbd") or b"--wsrep-recover" in words:
            return False
        return f"--defaults-file={self.datastore.config}".encode() in words

    def identity(self, pid: int) -> str:
        """Tells this process from all others, for ever; "" if it has ended."""
        try:
            after = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return ""
        return f"{self._boot}/{pid}/{after[19]}"  # proc_pid_stat(5): starttime

    def start(self, arguments: list[str]) -> None:
        """Returns when the process is there. Raises FailedError."""
        text = f'HOLDFAST_ARGUMENTS="{" ".join(arguments)}"\n'
        replace(self.datastore.arguments, text)
        unit = self.datastore.unit
        run(["systemctl", "start", "--no-block", unit])
        deadline = time.monotonic() + _START_S
        while self.pid() is None:
            if time.monotonic() > deadline:
                raise FailedError(f"{unit} does not start")
            time.sleep(_POLL_S)

    def kill(self) -> None:
        """At once, to be recovered at the next start. Returns when nothing of it runs."""
        pid = self.pid()
        if pid is not None:
            signal_process(pid, signal.SIGKILL)
        run(["systemctl", "stop", self.datastore.unit])

    # --- its files -------------------------------------------------------------------------------

    def exists(self) -> bool:
        return (self.datastore.data / "ibdata1").exists()

    def recover(self) -> tuple[str, int]:
        """(history, seqno) of the stopped member's data; -1 for data of no use, such as a full copy
        that was broken off. Raises FailedError."""
        broken_off = (self.datastore.data / "sst_in_progress").exists()
        if broken_off or not self.exists():
            return NOWHERE, -1
        uuid, seqno = written(self.datastore.data)
        if seqno >= 0 and uuid != NOWHERE:  # it was stopped in good order
            return uuid, seqno
        data = self.datastore.data
        words = [
            self.datastore.server,
            f"--defaults-file={self.datastore.config}",
            "--wsrep-recover",
            f"--pid-file={data}/recover.pid",
            f"--socket={data}/recover.sock",
        ]
        said = _RECOVERED.findall(run(words, user=USER, limit_s=_RECOVER_S))
        if not said:
            raise FailedError("the server does not tell how far its data reach")
        return said[-1][0], int(said[-1][1])

    def write_state(self, uuid: str, seqno: int, *, founder: bool) -> None:
        write_state(self.datastore.data, uuid, seqno, founder=founder)

    def wipe(self) -> None:
        """Remove all data."""
        for each in self.datastore.data.iterdir():
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each)
            else:
                each.unlink()

    # --- questions -------------------------------------------------------------------------------

    def connect(self, limit_s: float, database: str | None = None) -> Connection[Any]:
        """As root over the unix socket; no answer takes longer than `limit_s`. Raises
        pymysql.Error."""
        connection: Connection[Any] = pymysql.connect(
            unix_socket=self.datastore.socket,
            user="root",
            database=database,
            connect_timeout=limit_s,
            read_timeout=limit_s,
            write_timeout=limit_s,
            autocommit=True,
            charset="utf8mb4",
        )
        return connection

    def ask(self, query: str, parameters: tuple[object, ...] = (), limit_s: float = 5.0) -> Any:
        """All rows. Raises FailedError."""
        try:
            with closing(self.connect(limit_s)) as connection, connection.cursor() as cursor:
                cursor.execute(query, parameters or None)
                return cursor.fetchall()
        except (pymysql.Error, OSError) as error:
            raise FailedError(words(error)) from error

    def option(self, name: str, value: str, limit_s: float = 5.0) -> None:
        """One of Galera's own, each of which MariaDB knows as a variable. Raises FailedError."""
        variable = f"wsrep_provider_{name.replace('.', '_')}"
        self.ask(f"set global {variable} = %s", (value,), limit_s)


def written(data: Path) -> tuple[str, int]:
    """grastate.dat: what Galera wrote when it stopped; seqno -1 after a crash."""
    try:
        text = (data / "grastate.dat").read_text()
    except OSError:
        return NOWHERE, -1
    said = {match["key"]: match["value"] for match in _GRASTATE.finditer(text)}
    return said.get("uuid", NOWHERE), int(said.get("seqno", "-1"))


def write_state(data: Path, uuid: str, seqno: int, *, founder: bool) -> None:
    """grastate.dat, which Galera reads when it starts."""
    path = data / "grastate.dat"
    replace(
        path,
        "# GALERA saved state\nversion: 2.1\n"
        f"uuid:    {uuid}\nseqno:   {seqno}\nsafe_to_bootstrap: {int(founder)}\n",
    )
    shutil.chown(path, USER, USER)


def words(error: Exception) -> str:
    """What it says, in one line."""
    said = error.args[-1] if error.args else ""
    return " ".join(str(said or repr(error)).split())


def hang_up(connection: Connection[Any] | None) -> None:
    """Without a farewell: the other side may be dead."""
    if connection is not None:
        with suppress(Exception):
            connection._force_close()

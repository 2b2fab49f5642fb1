"""One shard's Redis on this host: its process, and what is asked of it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import struct
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from ..commands import Cancel, FailedError, run
from .nodes import Node, parse_nodes, table
from .protocol import NOWHERE, Place
from .resp import Command, Connection, Reply, ReplyError
from .settings import Shard

USER = "redis"
_POLL_S = 0.01
_UNIT_POLL_S = 0.5
_LIMIT_S = 1.0
_NEVER_ENOUGH = 100
"""More replicas than there are: with so many demanded, Redis refuses writes."""

_WRITABLE: Command = ("CONFIG", "SET", "min-replicas-to-write", 0)
_FENCED: Command = ("CONFIG", "SET", "min-replicas-to-write", _NEVER_ENOUGH)


@dataclass(frozen=True)
class Facts:
    """What the server says of itself. `follows`: its primary's node. `offset`: Redis' own, in
    bytes. `replicas`: addresses of those in step with it, with their offsets."""

    primary: bool
    follows: str | None
    linked: bool
    loading: bool
    offset: int
    replicas: dict[str, int]
    nodes: dict[str, Node]


class Server:
    """For one worker thread; `expected`, `miss` and `kill` may be called from any."""

    def __init__(self, shard: Shard) -> None:
        self.shard = shard
        self._connection: Connection | None = None
        self._expected: int | None = None
        self._expecting = threading.Lock()

    # --- the process ---------------------------------------------------------------------------

    def pid(self) -> int | None:
        """Of whoever listens on the socket."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as door:
            door.settimeout(_LIMIT_S)
            try:
                door.connect(str(self.shard.socket))
                peer = door.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            except OSError:
                return None
        return int(struct.unpack("3i", peer)[0])

    def start(self, cancel: Cancel, limit_s: float) -> None:
        """Following nobody; returns when its data are loaded. If it runs already, only wait.
        Raises FailedError, CancelledError, OSError."""
        if self.pid() is None:
            self._prepare()
            run(["systemctl", "start", "--no-block", self.shard.unit])
        deadline = time.monotonic() + limit_s
        look_at = time.monotonic() + _UNIT_POLL_S
        while not self._ready():
            now = time.monotonic()
            if now > look_at:
                self._check_unit()
                look_at = now + _UNIT_POLL_S
            if now > deadline:
                raise FailedError(f"not ready after {limit_s:g} s")
            cancel.pause(_POLL_S)

    def _ready(self) -> bool:
        pid = self.pid()
        if pid is None:
            return False
        with self._expecting:
            self._expected = pid
        try:
            return not self.facts().loading
        except (OSError, ReplyError):
            return False

    def _check_unit(self) -> None:
        said = run(["systemctl", "show", "--property=ActiveState", "--value", self.shard.unit])
        if said.strip() == "failed":
            raise FailedError(f"{self.shard.unit} does not start: see its journal")

    def _prepare(self) -> None:
        self.close()
        data = self.shard.data
        data.mkdir(parents=True, exist_ok=True)
        for folder in (data.parent.parent, data.parent):
            folder.chmod(0o711)
        shutil.chown(data, USER, USER)
        path = data / "nodes.conf"
        before = path.read_text() if path.exists() else ""
        draft = path.with_suffix(".new")
        draft.write_text(table(self.shard, before))
        shutil.chown(draft, USER, USER)
        draft.replace(path)

    @property
    def expected(self) -> int | None:
        """The process that should be running now."""
        return self._expected

    def miss(self, pid: int) -> bool:
        """Expect it no more; whether it was still expected, so that one report is made."""
        with self._expecting:
            missed = self._expected == pid
            self._expected = None if missed else self._expected
            return missed

    def kill(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        """At once: nothing that is not replicated is worth waiting for. Raises FailedError."""
        with self._expecting:
            self._expected = None
        self.close()
        run(["systemctl", "kill", "--signal=KILL", self.shard.unit])
        deadline = time.monotonic() + _LIMIT_S
        while self.pid() is not None and time.monotonic() < deadline:
            time.sleep(_POLL_S)

    # --- questions -------------------------------------------------------------------------------

    def connect(self, limit_s: float = _LIMIT_S) -> Connection:
        """A new one, let in. Raises OSError, ReplyError."""
        connection = Connection(self.shard.socket, limit_s)
        try:
            secrets = self.shard.read_secrets()
            connection.ask("AUTH", secrets.user, secrets.password)
            connection.ask("READONLY")
        except (OSError, ReplyError):
            connection.close()
            raise
        return connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def all(self, commands: Sequence[Command]) -> list[Reply]:
        """Raises OSError; ReplyError only if we are not let in."""
        if self._connection is None:
            self._connection = self.connect()
        try:
            return self._connection.all(commands)
        except OSError:
            self.close()
            raise

    def must(self, *commands: Command) -> list[Reply]:
        """Raises ReplyError for the first that is refused."""
        replies = self.all(commands)
        for reply in replies:
            if isinstance(reply, Exception):
                raise reply
        return replies

    def facts(self) -> Facts:
        said, nodes = self.must(("INFO", "everything"), ("CLUSTER", "NODES"))
        return _facts(str(said), str(nodes))

    def read(self) -> tuple[Facts, Place | None]:
        """And how far its data reach; None if they do not say: they are empty."""
        said, nodes, _, pulse, _ = self.must(
            ("INFO", "everything"),
            ("CLUSTER", "NODES"),
            ("CONFIG", "SET", "cluster-allow-reads-when-down", "yes"),
            ("GET", self.shard.pulse_key),
            ("CONFIG", "SET", "cluster-allow-reads-when-down", "no"),
        )
        facts = _facts(str(said), str(nodes))
        if not isinstance(pulse, str):
            return facts, None
        term, _, count = pulse.partition(" ")
        return facts, Place(int(term), int(count or 0), facts.offset)

    # --- orders ----------------------------------------------------------------------------------

    def fence(self) -> None:
        self.must(_FENCED)

    def shut(self) -> None:
        """Take no writes; replicate from nobody. What is acknowledged to a primary after this, is
        nothing: the connection to it is gone, and there is no password for another."""
        self.must(
            _FENCED, ("CONFIG", "SET", "masterauth", ""), ("CLIENT", "KILL", "TYPE", "master")
        )

    def open(self, primary: str) -> None:
        """Be ready to replicate from that host alone: each asks for a password of its own."""
        gate = self.shard.read_secrets().gates[primary]
        self.must(("CONFIG", "SET", "masterauth", gate))

    def serve(self) -> None:
        self.must(_WRITABLE, ("CONFIG", "SET", "masterauth", ""))

    def pulse(self, place: Place) -> None:
        """The next sign of life in the data. Raises ReplyError while writes are refused."""
        self.must(self.beat(place))

    def beat(self, place: Place) -> Command:
        return ("SET", self.shard.pulse_key, f"{place.term} {place.pulse}")

    def take_over(self, place: Place) -> None:
        """Without asking the other nodes, and with the first sign of life of the new term before
        any other write: both go in one piece."""
        takeover: Command = ("CLUSTER", "FAILOVER", "TAKEOVER")
        replies = self.all([_WRITABLE, takeover, self.beat(place)])
        if isinstance(replies[1], Exception):
            raise replies[1]

    def receive(self) -> None:
        """Ask the primary for its role. It may have been fenced since it last voted, and would be
        as a primary, too."""
        self.must(_WRITABLE, ("CLUSTER", "FAILOVER"))

    def claim(self, missing: Sequence[int]) -> None:
        """Own these slots, whoever owned them."""
        self.all([("CLUSTER", "DELSLOTS", slot) for slot in missing])
        self.must(("CLUSTER", "ADDSLOTS", *missing), ("CLUSTER", "BUMPEPOCH"))


def _facts(info: str, nodes_text: str) -> Facts:
    said = dict(line.split(":", 1) for line in info.split("\r\n") if ":" in line)
    nodes = parse_nodes(nodes_text)
    myself = next(node for node in nodes.values() if "myself" in node.flags)
    follows = said["role"] == "slave"
    return Facts(
        primary="master" in myself.flags and bool(myself.slots),
        follows=myself.follows if follows else None,
        linked=said.get("master_link_status") == "up"
        and said.get("master_sync_in_progress", "0") == "0",
        loading=said.get("loading", "0") != "0" or said.get("async_loading", "0") != "0",
        offset=int(said["slave_repl_offset" if follows else "master_repl_offset"]),
        replicas=_replicas(said),
        nodes=nodes,
    )


def _replicas(said: dict[str, str]) -> dict[str, int]:
    found = {}
    for number in range(int(said.get("connected_slaves", "0"))):
        fields = dict(part.split("=", 1) for part in said[f"slave{number}"].split(","))
        if fields["state"] == "online":
            found[fields["ip"]] = int(fields["offset"])
    return found


def place_of(place: Place | None) -> Place:
    return NOWHERE if place is None else place

"""One suite over all probes: what every one of them promises, whatever stands behind it.

Behind the real probes stand peers on loopback that speak TLS and just enough of HTTP/1.1, of
PostgreSQL's protocol (its manual, chapter "Frontend/Backend Protocol"), of MySQL's (MariaDB's
documentation, "Client/Server Protocol") or of Redis' (RESP) to answer, refuse, warn, fall silent or
hang up on command.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path
from typing import Protocol

import pytest

from holdfast.drill.timeline import Outcome
from holdfast.pki.authority import Authority
from holdfast.pki.identities import Identity
from holdfast.probes.base import Probe
from holdfast.probes.door import Door
from holdfast.probes.http import Browser
from holdfast.probes.https import HttpsProbe
from holdfast.probes.journey import JourneyProbe
from holdfast.probes.memory import Down, MemoryProbe
from holdfast.probes.mysql import MysqlProbe
from holdfast.probes.postgresql import PostgresqlProbe
from holdfast.probes.redis import Doors, RedisProbe
from holdfast.probes.traveller import arrivals
from holdfast.spec.journey import Journey, Step

LOOPBACK = "127.0.0.1"
TLS_NAME = "accounts.holdfast.internal"
DEADLINE = 0.6
OK, FAIL, UNKNOWN = Outcome.OK, Outcome.FAIL, Outcome.UNKNOWN


class Bench(Protocol):
    """A probe, and the system behind it."""

    @property
    def probe(self) -> Probe: ...

    async def mood(self, mood: str) -> None:
        """answers | refuses (an error) | silent (takes the question, never answers) |
        hangs up (takes the question, closes) | away (nobody listens)."""
        ...


@dataclass
class Paper:
    probe: MemoryProbe

    async def mood(self, mood: str) -> None:
        down = Down(0.0, float("inf"), refuses=mood in ("refuses", "away"))
        self.probe.downs = () if mood == "answers" else (down,)


@dataclass
class Peer:
    """A TLS server on loopback; subclasses speak a protocol."""

    tls: ssl.SSLContext
    port: int = 0
    now: str = "answers"
    heard: list[str] = field(default_factory=list)
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def mood(self, mood: str) -> None:
        self.now = mood
        if mood == "away":
            await self.stop()
        elif self._server is None:
            await self.start()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._served, LOOPBACK, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _served(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self.serve(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError


@dataclass
class Web(Peer):
    probe: HttpsProbe | JourneyProbe = field(init=False)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await writer.start_tls(self.tls)
        while True:
            request = await reader.readuntil(b"\r\n\r\n")
            self.heard.append(request.decode().splitlines()[0])
            if self.now == "silent":
                await asyncio.sleep(3600)
            if self.now == "hangs up":
                return
            status = "200 OK" if self.now == "answers" else "503 Service Unavailable"
            head = f"HTTP/1.1 {status}\r\nX-Served-By: n1/front/1\r\nContent-Length: 2"
            writer.write(f"{head}\r\n\r\nhi".encode())


@dataclass
class Database(Peer):
    probe: PostgresqlProbe = field(init=False)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(b"S")
        await writer.start_tls(self.tls)
        await reader.readexactly(int.from_bytes(await reader.readexactly(4)) - 4)
        ready = message(b"Z", b"I")
        version = message(b"S", b"server_version\x0017.0\0") + message(
            b"S", b"client_encoding\0UTF8\0"
        )
        writer.write(message(b"R", bytes(4)) + version + ready)
        while True:
            kind = await reader.readexactly(1)
            body = await reader.readexactly(int.from_bytes(await reader.readexactly(4)) - 4)
            if kind == b"X":
                return
            if kind == b"B":
                self.heard.append(body.decode("latin-1"))
            if kind == b"E" and self.now == "silent":
                await asyncio.sleep(3600)
            if kind == b"E" and self.now == "hangs up":
                return
            writer.write(self._reply(kind, ready))

    def _reply(self, kind: bytes, ready: bytes) -> bytes:
        done = message(b"C", b"INSERT 0 1\0")
        if kind == b"E" and self.now == "refuses":
            return message(b"E", b"SERROR\0VERROR\0C25006\0Mread-only\0\0")
        if kind == b"E" and self.now == "warns":
            said = b"SWARNING\0VWARNING\0C01000\0Mcanceling wait for synchronous replication\0\0"
            return message(b"N", said) + done
        replies = {b"Q": done + ready, b"P": message(b"1"), b"B": message(b"2")}
        replies |= {b"D": message(b"n"), b"E": done, b"S": ready, b"C": message(b"3")}
        return replies.get(kind, b"")


@dataclass
class Member(Peer):
    """Of a Redis shard. Moods of its own: lags (no replica has the write); names (another member,
    at `other`, as the one whose it is to write)."""

    other: int = 0
    probe: RedisProbe = field(init=False)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await writer.start_tls(self.tls)
        while True:
            words = [await _bulk(reader) for _ in range(int((await reader.readline())[1:]))]
            if words[0] == "AUTH":
                writer.write(b"+OK\r\n")
                continue
            self.heard.append(" ".join(words))
            if self.now == "silent":
                await asyncio.sleep(3600)
            if self.now == "hangs up":
                return
            writer.write(self._reply(words[0]))

    def _reply(self, command: str) -> bytes:
        if command == "WAIT":
            return b":0\r\n" if self.now == "lags" else b":2\r\n"
        if self.now == "refuses":
            return b"-NOREPLICAS Not enough good replicas to write.\r\n"
        if self.now == "names":
            return f"-MOVED 7 {LOOPBACK}:{self.other}\r\n".encode()
        return b":1\r\n"


async def _bulk(reader: asyncio.StreamReader) -> str:
    size = int((await reader.readline())[1:])
    return (await reader.readexactly(size + 2))[:-2].decode()


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + (len(body) + 4).to_bytes(4) + body


@dataclass
class Galera(Peer):
    """Packets have a length, a number and a body; a question has the number 0."""

    probe: MysqlProbe = field(init=False)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        transport = writer.transport
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        writer.write(packet(0, GREETING))
        reader, writer = await self._encrypted(writer)
        try:
            await self._answer(reader, writer)
        finally:
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number, _ = await unpacked(reader)  # its name
        writer.write(packet(number + 1, DONE))
        while True:
            number, body = await unpacked(reader)
            question = body[1:].decode()
            if not question.startswith("insert"):
                writer.write(packet(number + 1, DONE))
                continue
            self.heard.append(question)
            if self.now == "silent":
                await asyncio.sleep(3600)
            if self.now == "hangs up":
                return
            replies = {"refuses": READ_ONLY, "warns": WARNING, "goes down": GOING_DOWN}
            writer.write(packet(number + 1, replies.get(self.now, DONE)))

    async def _encrypted(
        self, writer: asyncio.StreamWriter
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The client says that it wishes TLS, and goes on with TLS at once: exactly that first
        packet is to be read before."""
        loop = asyncio.get_running_loop()
        raw: socket.socket = writer.get_extra_info("socket").dup()
        left = WISH
        while left:
            left -= len(await loop.sock_recv(raw, left))
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        encrypted, _ = await loop.connect_accepted_socket(lambda: protocol, raw, ssl=self.tls)
        return reader, asyncio.StreamWriter(encrypted, protocol, reader, loop)


GREETING = (
    b"\x0a11.8.3-MariaDB\0" + (7).to_bytes(4, "little") + b"saltsalt\0"
    # Capabilities, low half: long password, schema at connect, 4.1 protocol, TLS, transactions,
    # secure connection; then utf8mb4, autocommit; high half: plugins.
    b"\x09\xaa\x2d\x02\x00\x08\x00\x15" + bytes(10) + b"saltsaltsalt\0mysql_native_password\0"
)
WISH = 36
DONE = b"\0\1\0\2\0\0\0"
WARNING = b"\0\1\0\2\0\1\0"
READ_ONLY = b"\xff" + (1290).to_bytes(2, "little") + b"#HY000read-only"
GOING_DOWN = b"\xff" + (1053).to_bytes(2, "little") + b"#08S01Server shutdown in progress"


def packet(number: int, body: bytes) -> bytes:
    return len(body).to_bytes(3, "little") + bytes((number,)) + body


async def unpacked(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readexactly(4)
    return head[3], await reader.readexactly(int.from_bytes(head[:3], "little"))


@dataclass(frozen=True)
class Papers:
    """Certificates on disk: the authority's, a server's, a client's."""

    folder: Path

    @classmethod
    def made(cls, folder: Path) -> Papers:
        now = datetime.now(UTC)
        authority = Authority.create("test", now)
        (folder / "ca.crt").write_text(authority.pair.cert)
        server = Identity("n1", dns=(TLS_NAME,), addresses=(IPv4Address(LOOPBACK),))
        for name, identity in (("server", server), ("client", Identity("holdfast_probe"))):
            pair = authority.issue(identity, now)
            (folder / f"{name}.crt").write_text(pair.cert)
            (folder / f"{name}.key").write_text(pair.key)
            (folder / f"{name}.key").chmod(0o600)
        return cls(folder)

    def serving(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.folder / "server.crt", self.folder / "server.key")
        return context

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.folder / "ca.crt"))

    def door(self, port: int) -> Door:
        names = (self.folder / name for name in ("ca.crt", "client.crt", "client.key"))
        return Door(TLS_NAME, LOOPBACK, port, "accounts", "holdfast_probe", *names)

    def doors(self, *ports: int) -> Doors:
        names = (self.folder / name for name in ("ca.crt", "client.crt", "client.key"))
        password = self.folder / "password"
        password.write_text("secret")
        return Doors(tuple((LOOPBACK, port) for port in ports), "holdfast_probe", password, *names)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return Papers.made(tmp_path_factory.mktemp("papers"))


@pytest.fixture
async def web(papers: Papers) -> AsyncIterator[Web]:
    peer = Web(papers.serving())
    await peer.start()
    peer.probe = HttpsProbe("w", LOOPBACK, peer.port, "/x", papers.trusting(), deadline=DEADLINE)
    yield peer
    await peer.probe.close()
    await peer.stop()


@pytest.fixture
async def travelled(papers: Papers) -> AsyncIterator[Web]:
    """A journey that only reads; what one proves that writes: tests/unit/probes."""
    peer = Web(papers.serving())
    await peer.start()
    journey = Journey(steps=(Step(path="/in", once=True), Step(path="/x/{user}")))
    browser = Browser(LOOPBACK, peer.port, papers.trusting())
    peer.probe = JourneyProbe("j", browser, arrivals(journey, "u"), deadline=DEADLINE)
    yield peer
    await peer.probe.close()
    await peer.stop()


@pytest.fixture
async def database(papers: Papers) -> AsyncIterator[Database]:
    peer = Database(papers.serving())
    await peer.start()
    peer.probe = PostgresqlProbe("d", papers.door(peer.port), "accounts", deadline=DEADLINE)
    yield peer
    await peer.probe.close()
    await peer.stop()


@pytest.fixture
async def shard(papers: Papers) -> AsyncIterator[Member]:
    peer = Member(papers.serving())
    await peer.start()
    peer.probe = RedisProbe("s", papers.doors(peer.port), "p:{s1}:", 1, "x", deadline=DEADLINE)
    yield peer
    await peer.probe.close()
    await peer.stop()


@pytest.fixture
async def galera(papers: Papers) -> AsyncIterator[Galera]:
    peer = Galera(papers.serving())
    await peer.start()
    peer.probe = MysqlProbe("g", papers.door(peer.port), "accounts", deadline=DEADLINE)
    yield peer
    await peer.probe.close()
    await peer.stop()


@pytest.fixture
async def sibling(papers: Papers) -> AsyncIterator[Member]:
    """Another member of the shard."""
    peer = Member(papers.serving())
    await peer.start()
    yield peer
    await peer.stop()


@pytest.fixture(params=["database", "galera"])
def writer(request: pytest.FixtureRequest) -> Database | Galera:
    found: Database | Galera = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["paper", "web", "travelled", "database", "galera", "shard"])
def bench(request: pytest.FixtureRequest) -> Bench:
    if request.param == "paper":
        return Paper(MemoryProbe("m", time.monotonic, deadline=DEADLINE))
    found: Bench = request.getfixturevalue(request.param)
    return found


async def test_a_good_system_is_ok_again_and_again(bench: Bench) -> None:
    assert [(await bench.probe.ask(f"k{n}")).outcome for n in range(8)] == [OK] * 8


async def test_an_error_is_a_failure_and_passes(bench: Bench) -> None:
    await bench.probe.ask("k0")
    await bench.mood("refuses")
    assert (await bench.probe.ask("k1")).outcome is FAIL
    await bench.mood("answers")
    assert (await bench.probe.ask("k2")).outcome is OK


async def test_nobody_there_is_a_failure_and_passes(bench: Bench) -> None:
    await bench.mood("away")
    assert (await bench.probe.ask("k1")).outcome is FAIL
    await bench.mood("answers")
    assert (await bench.probe.ask("k2")).outcome is OK


@pytest.mark.parametrize("kept", [True, False])
async def test_silence_is_unknown_within_the_deadline(bench: Bench, kept: bool) -> None:
    if kept:
        await bench.probe.ask("k0")
    await bench.mood("silent")
    async with asyncio.timeout(DEADLINE * 10):
        assert (await bench.probe.ask("k1")).outcome is UNKNOWN
    await bench.mood("answers")
    assert (await bench.probe.ask("k2")).outcome is OK


async def test_closing_twice_does_no_harm(bench: Bench) -> None:
    await bench.probe.ask("k0")
    await bench.probe.close()
    await bench.probe.close()


async def test_a_writer_that_is_hung_up_on_does_not_know(writer: Database | Galera) -> None:
    await writer.probe.ask("k0")
    await writer.mood("hangs up")
    assert (await writer.probe.ask("k1")).outcome is UNKNOWN


async def test_nor_does_a_writer_to_a_shard(shard: Member) -> None:
    await shard.probe.ask("k0")
    await shard.mood("hangs up")
    assert (await shard.probe.ask("k1")).outcome is UNKNOWN


async def test_success_with_a_warning_is_unknown(database: Database) -> None:
    await database.mood("warns")
    answer = await database.probe.ask("k1")
    assert answer.outcome is UNKNOWN
    assert "synchronous replication" in answer.detail


async def test_success_with_any_warning_is_unknown(galera: Galera) -> None:
    await galera.mood("warns")
    assert (await galera.probe.ask("k1")).outcome is UNKNOWN


async def test_a_server_that_goes_down_while_it_commits_does_not_know(galera: Galera) -> None:
    await galera.mood("goes down")
    assert (await galera.probe.ask("k1")).outcome is UNKNOWN


async def test_a_writer_sends_its_key(writer: Database | Galera) -> None:
    await writer.probe.ask("run/writer/000007")
    assert any("run/writer/000007" in bound for bound in writer.heard)


async def test_what_no_replica_has_is_unknown(shard: Member) -> None:
    await shard.mood("lags")
    answer = await shard.probe.ask("run/writer/000007")
    assert (answer.outcome, ":0" in answer.detail) == (UNKNOWN, True)
    assert shard.heard == ["HSET p:{s1}:run run/writer/000007 1", "WAIT 1 400"]


async def test_without_replicas_nobody_is_waited_for(shard: Member) -> None:
    shard.probe.replicas = 0
    await shard.mood("lags")
    assert (await shard.probe.ask("k0")).outcome is OK


async def test_the_member_that_is_named_is_asked_at_once(shard: Member, sibling: Member) -> None:
    await shard.probe.ask("k0")
    shard.other = sibling.port
    await shard.mood("names")
    assert [(await shard.probe.ask(key)).outcome for key in ("k1", "k2")] == [OK, OK]
    assert [said.split()[2] for said in sibling.heard if said.startswith("HSET")] == ["k1", "k2"]


async def test_members_that_name_each_other_are_not_asked_for_ever(shard: Member) -> None:
    shard.other = shard.port
    await shard.mood("names")
    assert (await shard.probe.ask("k1")).outcome is FAIL


async def test_a_stale_connection_is_asked_again_on_a_fresh_one(web: Web) -> None:
    await web.probe.ask("")
    await web.mood("away")
    await web.mood("answers")
    answer = await web.probe.ask("")
    assert (answer.outcome, answer.detail) == (OK, "n1/front/1")


async def test_a_reader_that_is_hung_up_on_fails(web: Web) -> None:
    await web.mood("hangs up")
    assert (await web.probe.ask("")).outcome is FAIL


async def test_questions_do_not_wait_for_each_other(web: Web) -> None:
    await web.mood("silent")
    stuck = asyncio.create_task(web.probe.ask(""))
    await asyncio.sleep(0.05)
    await web.mood("answers")
    assert (await web.probe.ask("")).outcome is OK
    assert not stuck.done()
    assert (await stuck).outcome is UNKNOWN


async def test_a_stranger_is_not_believed(web: Web, tmp_path: Path) -> None:
    other = Papers.made(tmp_path).trusting()
    stranger = HttpsProbe("s", LOOPBACK, web.port, "/", other, deadline=DEADLINE)
    assert (await stranger.ask("")).outcome is FAIL

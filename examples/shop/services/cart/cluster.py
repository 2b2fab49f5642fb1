"""Asking a Redis Cluster any of whose members may be lost at any moment.

redis-py's connections, but not its RedisCluster, for two reasons. `WAIT` tells how many replicas
have what was written *on the same connection*, and RedisCluster sends every command on whichever
connection is free. And when one member is lost it drops the connections to all, and asks dead
members for the new map one after the other, longer than a takeover takes.

There is no map here: whichever member is asked for a key that is not its own names the one whose
it is (MOVED), and that is remembered. While a primary is silent, others are asked whether they
know a new one.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from redis.asyncio.connection import Connection, SSLConnection
from redis.crc import key_slot
from redis.exceptions import MovedError, RedisError, ResponseError

import certificates
from refusal import Unavailable, Unknown

BUDGET_S = 2.0
"""For a whole question, looking for a primary and repeating included."""
ANSWER_S = 0.4
"""For one member's answer, WAIT included."""
CONNECT_S = 0.3
"""For one attempt to connect, TLS and the password included."""
WAIT_MS = 250
"""For a replica to have what was written."""
PAUSE_S = 0.03
"""Between two tries: how soon a new primary is noticed."""
SILENT_S = 0.5
"""So long a host that gave no answer is asked only when there is no other."""
SIZE = 4
"""Questions under way at once, and so connections to one member, at most. None is thrown away
while it works: with TLS a new one costs more than a hundred questions."""

_BUSY = "all connections are busy"

Address = tuple[str, int]
Command = tuple[str | int | bytes, ...]
log = logging.getLogger("cluster")


class Cluster:
    """`members` are all there are; `options` are those of redis-py's connections, but for TLS."""

    def __init__(
        self,
        members: Sequence[Address],
        options: Mapping[str, Any],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._members = tuple(members)
        self._tls = tls
        self._options = {
            "socket_connect_timeout": CONNECT_S,
            "socket_timeout": ANSWER_S,
            "socket_keepalive": True,
            "decode_responses": True,
            **options,
        }
        self._room = asyncio.Semaphore(SIZE)
        self._idle: dict[Address, list[Connection]] = {}
        self._primaries: dict[int, Address] = {}
        """By slot, as far as they have been named."""
        self._silent: dict[str, float] = {}
        """Hosts that gave no answer, and until when they are asked last."""

    @classmethod
    def of(cls, datastore: str, environ: Mapping[str, str] = os.environ) -> Cluster:
        of = f"HOLDFAST_{datastore}_"
        options: dict[str, Any] = {}
        if f"{of}USER" in environ:
            password = Path(environ[f"{of}PASSWORD_FILE"]).read_text().strip()
            options |= {"username": environ[f"{of}USER"], "password": password}
        members = [_address(word) for word in environ[f"{of}NODES"].split(",")]
        return cls(members, options, certificates.for_clients(environ))

    async def write(self, key: str, *commands: Command) -> list[Any]:
        """Commands on one key, of which a replica has the outcome too. They must do no harm when
        repeated: after an answer that was lost they are. Raises Unavailable or Unknown."""
        lasting = [*commands, ("WAIT", 1, WAIT_MS)]
        return (await self._persist(key, lasting, _now() + BUDGET_S, lasting=True))[:-1]

    async def ask(self, key: str, *commands: Command) -> list[Any]:
        """The same without waiting for a replica: for reading, and for what may be lost."""
        return await self._persist(key, commands, _now() + BUDGET_S)

    async def ask_each(self, commands: Mapping[str, Command]) -> dict[str, Any]:
        """The reply to one command on each of many keys. Those of one member go in one go, and so
        do those it left open, when they are asked again: a crowd that waits for a lost primary has
        no time for each key by itself. All within one budget. Raises Unavailable."""
        until = _now() + BUDGET_S
        found: dict[str, Any] = {}
        while _now() < until:
            groups: dict[Address, dict[str, Command]] = {}
            for key in (key for key in commands if key not in found):
                groups.setdefault(self._whom(key_slot(key.encode())), {})[key] = commands[key]
            told = await asyncio.gather(*(self._together(*g, until) for g in groups.items()))
            found.update(pair for replies in told for pair in replies.items())
            if len(found) == len(commands):
                return found
            await asyncio.sleep(PAUSE_S)
        raise Unavailable(f"no answer for {len(commands) - len(found)} of {len(commands)} keys")

    async def _together(
        self, address: Address, commands: Mapping[str, Command], until: float
    ) -> dict[str, Any]:
        """The replies to those of the keys that this member answered for."""
        if not await self._enter(until - ANSWER_S):
            raise Unavailable(_BUSY)
        try:
            async with asyncio.timeout_at(until):
                replies = await self._on(address, list(commands.values()))
        except (RedisError, OSError, TimeoutError):
            self._suspect(address)
            return {}
        finally:
            self._room.release()
        told = dict(zip(commands, replies, strict=True))
        for key, reply in told.items():
            if isinstance(reply, MovedError):
                self._learn(key_slot(key.encode()), reply)
        return {key: reply for key, reply in told.items() if not isinstance(reply, Exception)}

    async def close(self) -> None:
        for idle in self._idle.values():
            for connection in idle:
                await _drop(connection)
        self._idle.clear()

    async def _persist(
        self, key: str, commands: Sequence[Command], until: float, *, lasting: bool = False
    ) -> list[Any]:
        slot = key_slot(key.encode())
        doubt, reason = False, "no time left"
        while _now() < until:
            if not await self._enter(until - ANSWER_S):
                reason = _BUSY  # which says nothing of any host
                break
            address = self._whom(slot)
            try:
                async with asyncio.timeout_at(until):
                    replies = _faultless(await self._on(address, commands))
                if not lasting or replies[-1] >= 1:
                    return replies
                doubt, reason = True, "no replica has it"
            except MovedError as moved:
                # An answer, and nothing was done. Whom it names may be silent: then others are
                # asked again and again, until one names another.
                self._learn(slot, moved)
                if not self._is_silent(moved.host):
                    continue
                reason = f"{moved.host}:{moved.port} is silent"
            except ResponseError as error:
                reason = str(error)  # refused, hence not done: no quorum, no replica, loading
            except (RedisError, OSError, TimeoutError) as error:
                doubt, reason = True, str(error) or f"{address[0]} is silent"
                self._suspect(address)
            finally:
                self._room.release()
            await asyncio.sleep(PAUSE_S)
        raise (Unknown if doubt else Unavailable)(f"{key}: {reason}")

    async def _enter(self, until: float) -> bool:
        """Whether there was room for another question in time."""
        try:
            async with asyncio.timeout_at(until):
                await self._room.acquire()
        except TimeoutError:
            return False
        return True

    def _whom(self, slot: int) -> Address:
        """The slot's primary if it is known and not silent; else any member that is not."""
        named = self._primaries.get(slot)
        if named and not self._is_silent(named[0]):
            return named
        heard = [member for member in self._members if not self._is_silent(member[0])]
        return random.choice(heard or self._members)

    def _learn(self, slot: int, moved: MovedError) -> None:
        self._primaries[slot] = (moved.host, int(moved.port))

    def _suspect(self, address: Address) -> None:
        """It gave no answer. Nothing more is asked of it for a while, whatever the slot: a crowd
        that waits for a dead primary takes all the room, and then nobody hears of its successor."""
        self._silent[address[0]] = _now() + SILENT_S
        named = self._primaries.items()
        self._primaries = {slot: primary for slot, primary in named if primary != address}

    def _is_silent(self, host: str) -> bool:
        return self._silent.get(host, 0.0) > _now()

    def _new(self, address: Address) -> Connection:
        host, port = address
        if self._tls is None:
            return Connection(host=host, port=port, **self._options)
        connection = SSLConnection(host=host, port=port, **self._options)
        connection.ssl_context.context = self._tls  # else each makes its own
        return connection

    async def _on(self, address: Address, commands: Sequence[Command]) -> list[Any]:
        """Commands in one go on one connection, and their replies, errors among them."""
        idle = self._idle.setdefault(address, [])
        connection = idle.pop() if idle else self._new(address)
        try:
            await connection.send_packed_command(connection.pack_commands(commands))
            replies = [await _reply(connection) for _ in commands]
        except BaseException:
            await _drop(connection)
            raise
        idle.append(connection)
        return replies


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _reply(connection: Connection) -> Any:
    try:
        return await connection.read_response()
    except ResponseError as error:
        return error


def _faultless(replies: list[Any]) -> list[Any]:
    """Raises the first reply that is an error."""
    for reply in replies:
        if isinstance(reply, Exception):
            raise reply
    return replies


async def _drop(connection: Connection) -> None:
    """Without ceremony: the other side may be dead."""
    with suppress(RedisError, OSError, TimeoutError):
        await connection.disconnect(nowait=True)


def _address(word: str) -> Address:
    host, _, port = word.rpartition(":")
    return host, int(port)

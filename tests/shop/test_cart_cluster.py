"""The cart's way to its members: what is waited for at home says nothing of them."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable

from redis.crc import key_slot

from cart.cluster import ANSWER_S, Cluster
from refusal import Unavailable, Unknown


def _member(late_s: float) -> Callable[[StreamReader, StreamWriter], Awaitable[None]]:
    """One that is alive: every command is answered with OK, as late as that."""

    async def answer(reader: StreamReader, writer: StreamWriter) -> None:
        while said := await reader.read(65536):
            await asyncio.sleep(late_s)
            writer.write(b"+OK\r\n" * sum(line.startswith(b"*") for line in said.splitlines()))
        writer.close()

    return answer


async def test_questions_for_many_recover_from_a_silent_primary() -> None:
    """More of them come in than could wait for it. They must not go on to wait for it when the
    others have long known its successor."""

    async def silent(reader: StreamReader, writer: StreamWriter) -> None:
        while await reader.read(65536):
            pass
        writer.close()

    servers = [await asyncio.start_server(each, "127.0.0.1", 0) for each in (silent, _member(0.0))]
    (_, dead), (_, live) = (server.sockets[0].getsockname()[:2] for server in servers)
    cluster = Cluster([("127.0.0.2", live), ("127.0.0.1", live)], {})
    keys = [f"looks:{number}" for number in range(10)]
    for key in keys:  # as it was named before it fell silent
        cluster._primaries[key_slot(key.encode())] = ("localhost", dead)
    asked = []
    for _ in range(60):
        asked.append(asyncio.create_task(cluster.ask_each({key: ("GET", key) for key in keys})))
        await asyncio.sleep(0.05)
    ended = await asyncio.gather(*asked, return_exceptions=True)
    assert not [each for each in ended[-10:] if isinstance(each, Exception)]
    await cluster.close()
    for server in servers:
        server.close()
    await asyncio.sleep(0.1)


async def test_what_a_lost_primary_left_open_is_asked_again_in_one_go() -> None:
    batches: list[int] = []

    async def gone(reader: StreamReader, writer: StreamWriter) -> None:
        writer.close()

    async def answer(reader: StreamReader, writer: StreamWriter) -> None:
        while said := await reader.read(65536):
            asked = said.upper().count(b"GET")
            batches.extend([asked] if asked else [])
            writer.write(b"+OK\r\n" * sum(line.startswith(b"*") for line in said.splitlines()))
        writer.close()

    servers = [await asyncio.start_server(each, "127.0.0.1", 0) for each in (gone, answer)]
    (_, dead), (_, live) = (server.sockets[0].getsockname()[:2] for server in servers)
    cluster = Cluster([("127.0.0.1", live)], {})
    keys = [f"looks:{number}" for number in range(10)]
    for key in keys:
        cluster._primaries[key_slot(key.encode())] = ("localhost", dead)
    found = await cluster.ask_each({key: ("GET", key) for key in keys})
    assert found == dict.fromkeys(keys, "OK")
    assert batches == [len(keys)]
    await cluster.close()
    for server in servers:
        server.close()
    await asyncio.sleep(0.1)


async def test_a_crowd_that_found_no_room_leaves_the_members_unsuspected() -> None:
    server = await asyncio.start_server(_member(0.7 * ANSWER_S), "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    cluster = Cluster([(host, port)], {})
    crowd = (cluster.ask("looks:bell", ("GET", "looks:bell")) for _ in range(60))
    ended = await asyncio.gather(*crowd, return_exceptions=True)
    refused = [each for each in ended if isinstance(each, Unavailable)]
    assert refused, "all of them found room"
    assert not [each for each in ended if isinstance(each, Unknown)]
    assert {str(each) for each in refused} == {"looks:bell: all connections are busy"}
    await cluster.ask("looks:bell", ("GET", "looks:bell"))
    await cluster.close()
    server.close()
    await asyncio.sleep(0.1)  # until all of its conversations have seen their end

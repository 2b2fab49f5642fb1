"""The cart's way to its members: what is waited for at home says nothing of them."""

from __future__ import annotations

import asyncio

from cart.cluster import ANSWER_S, Cluster
from refusal import Unavailable, Unknown


async def _slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A member that is alive and takes its time: every command is answered with OK, but late."""
    while said := await reader.read(65536):
        await asyncio.sleep(0.7 * ANSWER_S)
        writer.write(b"+OK\r\n" * sum(line.startswith(b"*") for line in said.splitlines()))
    writer.close()


async def test_a_crowd_that_found_no_room_leaves_the_members_unsuspected() -> None:
    server = await asyncio.start_server(_slow, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    cluster = Cluster([(host, port)], {}, tls=False)
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

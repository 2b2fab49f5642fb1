"""Questions on new connections, against a real server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from holdfast.drill.timeline import Outcome
from holdfast.probes.fresh import FreshProbe

ANSWERS = {
    "/": b"HTTP/1.1 200 OK\r\n\r\nsolo-1\n",
    "/sick": b"HTTP/1.1 503 Service Unavailable\r\n\r\nno endpoints",
    "/cut": b"HTTP/1.1 200",
    "/nonsense": b"SSH-2.0\r\n\r\n",
}


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
        if path == "/slow":
            with contextlib.suppress(OSError):
                await reader.read(-1)
        writer.write(ANSWERS.get(path, b""))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def probe(port: int, path: str, told: bool = False) -> FreshProbe:
    return FreshProbe("web", "127.0.0.1", port, path, deadline=0.3, told=told)


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/", Outcome.OK),
        ("/sick", Outcome.FAIL),
        ("/cut", Outcome.FAIL),
        ("/nonsense", Outcome.FAIL),
        ("/slow", Outcome.UNKNOWN),
    ],
)
async def test_only_a_whole_good_answer_is_good(port: int, path: str, outcome: Outcome) -> None:
    assert (await probe(port, path).ask("")).outcome is outcome


async def test_who_answered_is_told(port: int) -> None:
    assert (await probe(port, "/", told=True).ask("")).detail == "solo-1"
    assert (await probe(port, "/").ask("")).detail == ""


async def test_nobody_listens() -> None:
    assert (await probe(1, "/").ask("")).outcome is Outcome.FAIL

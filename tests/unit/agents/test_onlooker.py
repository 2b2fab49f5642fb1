"""The onlooker's parts that need no node."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from typing import Any

import pytest

from holdfast.agents.onlooker.rules import rule, writing
from holdfast.agents.onlooker.service import answer

RULE = (
    " EVENT: iptables -t nat -{verb} KUBE-SEP-ABCDEFGH -p tcp -m comment --comment"
    ' "default/solo" -m tcp -j DNAT --to-destination {address}:4000'
)
RETURN = (
    " EVENT: iptables -t nat -A KUBE-SEP-ABCDEFGH -s 10.64.1.2/32 -m comment --comment"
    ' "default/solo" -j RETURN'
)
SAVED = (
    '-A KUBE-SEP-ABCDEFGH -p tcp -m comment --comment "default/web:http" -m tcp -j DNAT'
    " --to-destination 10.64.2.2:4000"
)
WRITTEN = b"NEWGEN: GENID=3 PID=22564 NAME=iptables-restor\n"


def test_a_rule_leads_from_a_service_to_a_pod() -> None:
    assert rule(RULE.format(verb="A", address="10.64.1.2")) == (1, ("solo", "10.64.1.2"))
    assert rule(RULE.format(verb="D", address="10.64.1.2")) == (-1, ("solo", "10.64.1.2"))
    assert rule(SAVED) == (1, ("web", "10.64.2.2"))
    assert rule(RETURN) is None
    assert rule(" EVENT: iptables -t nat -N KUBE-SERVICES") is None


async def test_what_is_written_anew_unchanged_is_no_news() -> None:
    lines = asyncio.StreamReader()
    for verb, address in (("D", "10.64.1.2"), ("A", "10.64.1.2"), ("A", "10.64.2.2")):
        lines.feed_data((RULE.format(verb=verb, address=address) + "\n").encode())
    lines.feed_data(WRITTEN)
    kept: list[dict[str, Any]] = []
    before = Counter({("solo", "10.64.1.2"): 1})
    change = await writing(lines, time.time, kept.append, before)
    before.update(change)
    assert [(event["kind"], event["detail"]) for event in kept] == [("added", "10.64.2.2")]
    lines.feed_data((RULE.format(verb="D", address="10.64.1.2") + "\n").encode())
    lines.feed_data(WRITTEN)
    await writing(lines, time.time, kept.append, before)
    assert kept[-1]["kind"] == "withdrawn"


async def test_the_monitor_ends() -> None:
    lines = asyncio.StreamReader()
    lines.feed_eof()
    with pytest.raises(EOFError):
        await writing(lines, time.time, lambda line: None, Counter())


async def test_answers_of_a_service() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1]
        if path == b"/slow":
            with contextlib.suppress(OSError):
                await reader.read(-1)
        status = b"200 OK" if path == b"/" else b"503 No"
        writer.write(b"HTTP/1.1 " + status + b"\r\n\r\nsolo-1\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    probe = {"address": "127.0.0.1", "port": port, "path": "/", "deadline": 0.3}
    async with server:
        assert await answer(probe) == ("ok", "solo-1")
        assert await answer({**probe, "path": "/bad"}) == ("fail", "status 503")
        assert (await answer({**probe, "path": "/slow"}))[0] == "unknown"
    assert (await answer(probe))[0] == "fail"

"""Asking a Service on schedule, with a new connection for each question."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

Clock = Callable[[], float]
Keep = Callable[[dict[str, Any]], None]

_TOLD_MOST = 80


async def ask_on_schedule(probe: dict[str, Any], clock: Clock, keep: Keep) -> None:
    """Questions are due at fixed times, whatever becomes of those before. Never returns."""
    first = clock()
    number = 0
    async with asyncio.TaskGroup() as questions:
        while True:
            due = first + number * probe["period"]
            await asyncio.sleep(max(0.0, due - clock()))
            questions.create_task(question(probe, due, clock, keep))
            number += 1


async def question(probe: dict[str, Any], due: float, clock: Clock, keep: Keep) -> None:
    sent = clock()
    outcome, detail = await answer(probe)
    keep(
        {
            "line": "sample",
            "probe": probe["name"],
            "intended": due,
            "sent": sent,
            "done": clock(),
            "outcome": outcome,
            "detail": detail,
        }
    )


async def answer(probe: dict[str, Any]) -> tuple[str, str]:
    """ok with what the pod says, fail, or unknown where nobody answered in time."""
    try:
        async with asyncio.timeout(probe["deadline"]):
            whole = await get(probe["address"], probe["port"], probe["path"])
    except TimeoutError:
        return "unknown", "no answer within the deadline"
    except OSError as error:
        return "fail", error.strerror or str(error)
    head, end, body = whole.partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1:2]
    if not end or status != [b"200"]:
        return "fail", "status " + b" ".join(status).decode("ascii", "replace")
    return "ok", body.decode("utf-8", "replace")[:_TOLD_MOST].strip()


async def get(address: str, port: int, path: str) -> bytes:
    """The whole answer."""
    reader, writer = await asyncio.open_connection(address, port)
    try:
        request = f"GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode())
        return await reader.read(-1)
    finally:
        writer.transport.abort()

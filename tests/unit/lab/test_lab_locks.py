"""One at a time, whatever happens to the holder."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from holdfast.lab.locks import locked

HOLD = """
import asyncio, pathlib, sys
from holdfast.lab.locks import locked
async def hold():
    async with locked(pathlib.Path(sys.argv[1])):
        print("held", flush=True)
        await asyncio.sleep(1000)
asyncio.run(hold())
"""


async def test_a_second_one_waits_for_the_first(tmp_path: Path) -> None:
    order: list[str] = []

    async def second() -> None:
        async with locked(tmp_path / "x"):
            order.append("second")

    async with locked(tmp_path / "x"):
        waiting = asyncio.ensure_future(second())
        await asyncio.sleep(0.2)
        order.append("first")
    await waiting
    assert order == ["first", "second"]


async def test_a_waiter_survives_the_removal_of_what_it_waits_for(tmp_path: Path) -> None:
    place = tmp_path / "x"

    async def second() -> None:
        async with locked(place):
            assert place.is_dir()

    async with locked(place):
        waiting = asyncio.ensure_future(second())
        await asyncio.sleep(0.1)
        place.rmdir()
    await waiting


async def test_a_waiter_can_be_cancelled(tmp_path: Path) -> None:
    async with locked(tmp_path):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), locked(tmp_path):
                pass


async def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    command = (sys.executable, "-c", HOLD, str(tmp_path))
    holder = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"held\n"
    holder.kill()
    await holder.wait()
    async with locked(tmp_path):
        pass

"""One at a time, across processes; the kernel lets go when the holder dies."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

_RETRY_S = 0.05


@asynccontextmanager
async def locked(folder: Path) -> AsyncIterator[None]:
    """Hold `folder`, which is made if need be, for as long as the block runs.

    Waiting is polling, so that a cancelled waiter leaves at once. The folder may be removed by
    whoever holds it: then a waiter makes a new one.
    """
    handle = await _take(folder)
    try:
        yield
    finally:
        os.close(handle)


async def _take(folder: Path) -> int:
    while (handle := _try(folder)) is None:  # noqa: ASYNC110 another process lets go
        await asyncio.sleep(_RETRY_S)
    return handle


def _try(folder: Path) -> int | None:
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(folder.stat(), os.fstat(handle)):
            return handle
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(handle)
    return None

"""A browser, and the shop on this machine's loopback, all of it in one process."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, async_playwright
from tests.conftest import not_run

from dev.composition import Shop

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The distribution's own chromium."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        not_run("there is no chromium: install it with apt-get install chromium")
    async with async_playwright() as playwright:
        # root may not use chromium's sandbox, and this page is ours
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        opened = await playwright.chromium.launch(executable_path=found, args=flags)
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def shop() -> AsyncIterator[tuple[Shop, str]]:
    """The composition, and where it listens."""
    composed = Shop()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        async with _serving(composed, listening):
            yield composed, f"http://127.0.0.1:{listening.getsockname()[1]}"


@asynccontextmanager
async def _serving(app: Shop, listening: socket.socket) -> AsyncIterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none", loop="none"))
    work = asyncio.create_task(server.serve([listening]))
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it in no other way
        await asyncio.sleep(0.01)
    yield
    server.should_exit = True
    server.force_exit = True
    await work

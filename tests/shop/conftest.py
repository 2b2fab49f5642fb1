"""The accounts service and its PostgreSQL, from the lab's image, on this machine's loopback."""

from __future__ import annotations

import asyncio
import os
import socket
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
import psycopg
import pytest

from holdfast.lab import image

SHOP = Path(__file__).parents[2] / "examples" / "shop"

# The image stays as it is: what is written goes to a tmpfs that vanishes with the namespace.
_ENTER = """
set -e
mkdir "$1"
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay none -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount --bind /dev "$1/root/dev"
mkdir -p "$1/root/opt/shop"
mount --bind "$3" "$1/root/opt/shop"
root="$1/root"; user="$4"; shift 4
chroot --userspec="$user" "$root" "$@"
exit
"""
_POSTGRESQL = """
set -e
cd /tmp
bin=$(echo /usr/lib/postgresql/*/bin)
"$bin/initdb" --auth=trust --encoding=UTF8 --no-sync -D /tmp/data >/dev/null
exec "$bin/postgres" -D /tmp/data -p "$1" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories= -c dynamic_shared_memory_type=mmap -c fsync=off
"""
_ACCOUNTS = "cd /opt/shop/services && exec python3 -m accounts"


@dataclass(frozen=True)
class Shop:
    """Accounts, asked over HTTP, and its database as the superuser sees it."""

    http: httpx.AsyncClient
    admin: psycopg.AsyncConnection[tuple[Any, ...]]

    async def register(self, name: str, key: str | None = None) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        body = {"name": name, "email": f"{name}@example.com"}
        return await self.http.post("/api/accounts", json=body, headers=headers)

    async def sql(self, statement: str) -> list[tuple[Any, ...]]:
        cursor = await self.admin.execute(statement.encode())
        return await cursor.fetchall() if cursor.description else []

    async def names(self) -> list[str]:
        return [name for (name,) in await self.sql("select name from account order by id")]

    async def replicate(self, *, promptly: bool) -> None:
        """Whether commits have a replica to wait for: None, or one that never comes."""
        names = "" if promptly else "nobody"
        await self.sql(f"alter system set synchronous_standby_names = '{names}'")
        await self.sql("select pg_reload_conf()")

    async def signal_waiting(self, signal: str) -> None:
        """pg_cancel_backend or pg_terminate_backend, to whoever waits for a replica."""
        found = "from pg_stat_activity where wait_event = 'SyncRep'"
        while not await self.sql(f"select {signal}(pid), pg_sleep(0.01) {found}"):
            pass


@pytest.fixture
async def shop(can_boot: None, tmp_path: Path) -> AsyncIterator[Shop]:
    root = await image.ready(print)
    port = _free_port()
    server = ("sh", "-c", _POSTGRESQL, "sh", str(port))
    dsn = f"host=127.0.0.1 port={port} dbname=postgres"
    async with (
        _running(root, tmp_path / "postgresql", "postgres:postgres", *server) as process,
        _superuser(f"{dsn} user=postgres", process) as admin,
    ):
        await admin.execute("create role accounts login")
        for file in sorted((SHOP / "schema").glob("*.sql")):
            await admin.execute(file.read_bytes())
        async with _accounts(root, tmp_path / "accounts", f"{dsn} user=accounts") as http:
            yield Shop(http, admin)


@asynccontextmanager
async def _accounts(root: Path, scratch: Path, dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    port = _free_port()
    environ = {
        "HOLDFAST_HOST": "n1",
        "HOLDFAST_INSTANCE": "1",
        "HOLDFAST_ADDRESS": "127.0.0.1",
        "HOLDFAST_PORT": str(port),
        "HOLDFAST_ACCOUNTS_DSN": dsn,
    }
    command = ("sh", "-c", _ACCOUNTS)
    async with (
        _running(root, scratch, "nobody:nogroup", *command, environ=environ) as process,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http,
    ):
        await _alive(http, process)
        yield http


@asynccontextmanager
async def _running(
    root: Path, scratch: Path, user: str, *argv: str, environ: Mapping[str, str] | None = None
) -> AsyncIterator[Process]:
    """`argv` in the image as `user`, killed with everything it started at the end: the shell is
    its namespace's first process, and stays root, or the kernel would forget to kill it."""
    process = await asyncio.create_subprocess_exec(
        *("unshare", "--mount", "--pid", "--fork", "--kill-child=KILL"),
        *("sh", "-c", _ENTER, "sh", str(scratch), str(root), str(SHOP), user, *argv),
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **(environ or {})},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def _superuser(
    dsn: str, process: Process
) -> AsyncIterator[psycopg.AsyncConnection[tuple[Any, ...]]]:
    """Entered when the database answers; fails when `process` ends before."""
    while True:
        assert process.returncode is None, f"PostgreSQL ended with {process.returncode}"
        try:
            connection = await psycopg.AsyncConnection.connect(dsn, autocommit=True)
            break
        except psycopg.OperationalError:
            await asyncio.sleep(0.05)
    async with connection:
        yield connection


async def _alive(http: httpx.AsyncClient, process: Process) -> None:
    """Return when the service answers; fail when `process` ends before."""
    while True:
        assert process.returncode is None, f"the service ended with {process.returncode}"
        try:
            await http.get("/healthz")
            return
        except httpx.ConnectError:
            await asyncio.sleep(0.05)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port

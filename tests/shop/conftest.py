"""The accounts service and its PostgreSQL, from the lab's image, on this machine's loopback."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
import psycopg
import pytest
from tests.shop.signing import PASSWORD, SYSTEM, keyring

from holdfast.lab import image

SHOP = Path(__file__).parents[2] / "examples" / "shop"
STARTED_S = 60.0

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
_ACCOUNTS = """
printf %s "$KEYRING" >"$HOLDFAST_JWT_KEYS"
cd /opt/shop/services && exec python3 -m accounts
"""
_RESET = """
alter system reset synchronous_standby_names;
select pg_reload_conf();
alter role accounts login;
select pg_terminate_backend(pid, 10000) from pg_stat_activity where usename = 'accounts';
truncate account, session restart identity;
"""


@dataclass(frozen=True)
class Places:
    """Where the two programs listen. `dsn` lacks the user."""

    dsn: str
    url: str


@dataclass(frozen=True)
class Shop:
    """Accounts, asked over HTTP, and its database as the superuser sees it."""

    http: httpx.AsyncClient
    admin: psycopg.AsyncConnection[tuple[Any, ...]]

    async def register(self, name: str, key: str | None = None) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        body = {"name": name, "email": f"{name}@example.com", "password": PASSWORD}
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


@pytest.fixture(scope="module")
def places(can_boot: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """PostgreSQL with the shop's tables, and the service; one of each for all tests."""
    root = asyncio.run(image.ready(print))
    scratch = tmp_path_factory.mktemp("shop")
    server, service = _free_port(), _free_port()
    dsn = f"host=127.0.0.1 port={server} dbname=postgres"
    environ = {
        "HOLDFAST_HOST": "n1",
        "HOLDFAST_INSTANCE": "1",
        "HOLDFAST_ADDRESS": "127.0.0.1",
        "HOLDFAST_PORT": str(service),
        "HOLDFAST_ACCOUNTS_DSN": f"{dsn} user=accounts",
        "HOLDFAST_JWT_KEYS": "/tmp/jwt.json",
        "HOLDFAST_JWT_ISSUER": SYSTEM,
        "HOLDFAST_JWT_AUDIENCE": SYSTEM,
        "KEYRING": keyring(),
    }
    postgresql = ("sh", "-c", _POSTGRESQL, "sh", str(server))
    with (
        _running(root, scratch / "postgresql", "postgres:postgres", *postgresql),
        _running(root, scratch / "service", "nobody:nogroup", "sh", "-c", _ACCOUNTS, **environ),
    ):
        _make_tables(dsn)
        _await_port(service)
        yield Places(dsn, f"http://127.0.0.1:{service}")


@pytest.fixture
async def shop(places: Places) -> AsyncIterator[Shop]:
    """As new: no accounts, no connections, commits that wait for nobody."""
    dsn = f"{places.dsn} user=postgres"
    async with (
        await psycopg.AsyncConnection.connect(dsn, autocommit=True) as admin,
        httpx.AsyncClient(base_url=places.url, timeout=30) as http,
    ):
        for statement in filter(str.strip, _RESET.split(";")):
            await admin.execute(statement.encode())
        yield Shop(http, admin)


@contextmanager
def _running(root: Path, scratch: Path, user: str, *argv: str, **environ: str) -> Iterator[None]:
    """`argv` in the image as `user`, killed with everything it started at the end: the shell is
    its namespace's first process, and stays root, or the kernel would forget to kill it."""
    enter = ("sh", "-c", _ENTER, "sh", str(scratch), str(root), str(SHOP), user)
    alone = ("unshare", "--mount", "--pid", "--fork", "--kill-child=KILL")
    with subprocess.Popen((*alone, *enter, *argv), env=_environment(environ)) as process:
        try:
            yield
        finally:
            process.kill()


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **more}


def _make_tables(dsn: str) -> None:
    with _superuser(f"{dsn} user=postgres") as admin:
        admin.execute("create role accounts login")
        for file in sorted((SHOP / "schema").glob("*.sql")):
            admin.execute(file.read_bytes())


def _superuser(dsn: str) -> psycopg.Connection[tuple[Any, ...]]:
    """Connected as soon as the server answers."""
    deadline = time.monotonic() + STARTED_S
    while True:
        try:
            return psycopg.connect(dsn, autocommit=True)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _await_port(port: int) -> None:
    deadline = time.monotonic() + STARTED_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port

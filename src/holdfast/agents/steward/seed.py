"""A datastore's beginning: one initdb, copied to every member, so that all start as equals.

Never again: a member whose data are lost is rebuilt from the primary.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import psycopg2.extensions
from psycopg2 import sql

from .commands import FailedError, run
from .config import Config, Datastore
from .server import USER, Server

PROBE_ROLE = "holdfast_probe"
_STARTED_S = 60.0

_REWIND_FUNCTIONS = (
    "pg_ls_dir(text, boolean, boolean)",
    "pg_stat_file(text, boolean)",
    "pg_read_binary_file(text)",
    "pg_read_binary_file(text, bigint, bigint, boolean)",
)
"""What pg_rewind asks of its source (pg_rewind's manual page, Notes)."""

_TABLES = """
create schema holdfast;
create table holdfast.terms (
    term bigint not null, id uuid primary key, host text not null,
    at timestamptz not null default now()
);
create table holdfast.schema (
    name text primary key, sha256 text not null, at timestamptz not null default now()
);
create schema holdfast_probe authorization holdfast_probe;
create table holdfast_probe.writes (
    key text primary key, at timestamptz not null default now()
);
alter table holdfast_probe.writes owner to holdfast_probe;
"""


def seed(config: Config, datastore: Datastore) -> Path:
    """The archive of a fresh datastore, whose data are in place here too.

    Raises FailedError, first of all when there are data already."""
    _refuse_data(datastore)
    _make_folder(datastore)
    _initdb(datastore)
    with _running(datastore) as connection:
        _fill(connection, datastore)
    with _running(datastore, datastore.name) as connection:
        connection.cursor().execute(_TABLES)
    Server(datastore).sign_standby()
    return _pack(config, datastore)


def unpack(datastore: Datastore, archive: Path) -> None:
    """Another member's beginning. Raises FailedError when there are data already."""
    _refuse_data(datastore)
    _make_folder(datastore)
    with tarfile.open(archive) as tar:
        tar.extractall(datastore.data, filter="tar")
    Server(datastore).sign_standby()


def _refuse_data(datastore: Datastore) -> None:
    for name in ("data", "data.new", "data.old"):
        folder = datastore.data.with_name(name)
        if folder.exists() and any(folder.iterdir()):
            raise FailedError(f"{folder} has data: a datastore begins only once")


def _make_folder(datastore: Datastore) -> None:
    datastore.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    datastore.data.chmod(0o700)
    shutil.chown(datastore.data, USER, USER)


def _initdb(datastore: Datastore) -> None:
    program = str(datastore.bin / "initdb")
    locale = ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
    auth = ["--auth-local=peer", "--auth-host=reject"]
    run([program, "--data-checksums", *locale, *auth, f"--pgdata={datastore.data}"], user=USER)


@contextmanager
def _running(datastore: Datastore, dbname: str = USER) -> Iterator[psycopg2.extensions.connection]:
    """The server by itself, on a private socket, without network or configuration of the plan."""
    private = datastore.data.with_name("seeding")
    shutil.rmtree(private, ignore_errors=True)
    private.mkdir(mode=0o700)
    shutil.chown(private, USER, USER)
    (private / "pg_hba.conf").write_text("local all all trust\n")
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(private),
        "hba_file": str(private / "pg_hba.conf"),
        "fsync": "on",
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    process = subprocess.Popen(
        [str(datastore.bin / "postgres"), "-D", str(datastore.data), *options],
        user=USER, group=USER, extra_groups=[], cwd="/", stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        connection = _connect(process, private, dbname)
        connection.autocommit = True
        yield connection
        connection.close()
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()
        shutil.rmtree(private, ignore_errors=True)


def _connect(
    process: subprocess.Popen[str], private: Path, dbname: str
) -> psycopg2.extensions.connection:
    deadline = time.monotonic() + _STARTED_S
    while True:
        try:
            return psycopg2.connect(host=str(private), user=USER, dbname=dbname)
        except psycopg2.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise FailedError(f"the seed's server does not start: {error}") from error
            time.sleep(0.02)


def _fill(connection: psycopg2.extensions.connection, datastore: Datastore) -> None:
    """Roles have no passwords: certificates are the only way in over the network."""
    replication = sql.Identifier(datastore.replication_user)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("create role {} login replication").format(replication))
        for function in _REWIND_FUNCTIONS:
            grant = sql.SQL("grant execute on function pg_catalog.{} to {}")
            cursor.execute(grant.format(sql.SQL(function), replication))
        for role in (PROBE_ROLE, *datastore.roles):
            cursor.execute(sql.SQL("create role {} login").format(sql.Identifier(role)))
        cursor.execute(sql.SQL("create database {}").format(sql.Identifier(datastore.name)))


def _pack(config: Config, datastore: Datastore) -> Path:
    """Owners are kept by name. Readable by root only: it is the whole database."""
    config.state.mkdir(parents=True, exist_ok=True)
    archive = config.state / f"seed-{datastore.name}.tar.gz"
    archive.unlink(missing_ok=True)
    archive.touch(mode=0o600)
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        tar.add(datastore.data, arcname=".")
    return archive

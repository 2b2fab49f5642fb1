"""A datastore's beginning: one initdb, copied to every member, so that all start as equals.

Never again: a member whose data are lost is rebuilt from the primary.
"""

from __future__ import annotations

import os
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

from ..commands import FailedError, run
from ..config import Config
from .server import USER, Server, make_folder
from .settings import Datastore

PROBE_ROLE = "holdfast_probe"
_STARTED_S = 60.0
_SEGMENT_MB = 1

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
    folder = _fresh_folder(datastore)
    _initdb(datastore, folder)
    with _running(datastore, folder, USER) as connection:
        _fill(connection, datastore)
    with _running(datastore, folder, datastore.name) as connection:
        connection.cursor().execute(_TABLES)
    archive = _pack(config, datastore, folder)
    _take(datastore, folder)
    return archive


def unpack(datastore: Datastore, archive: Path) -> None:
    """Another member's beginning. Raises FailedError when there are data already."""
    folder = _fresh_folder(datastore)
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="tar")
    _take(datastore, folder)


def _fresh_folder(datastore: Datastore) -> Path:
    """Beside the data, so that what was broken off half-way is never taken for data."""
    for name in ("data", "data.new", "data.old"):
        folder = datastore.data.with_name(name)
        if folder.exists() and any(folder.iterdir()):
            raise FailedError(f"{folder} has data: a datastore begins only once")
    folder = datastore.data.with_name("data.seed")
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder)
    return folder


def _take(datastore: Datastore, folder: Path) -> None:
    """From now on these are the data."""
    os.sync()
    folder.rename(datastore.data)
    Server(datastore).sign_standby()


def _initdb(datastore: Datastore, folder: Path) -> None:
    """A standby that turns to a new primary asks for its current segment from the beginning, once
    for the old timeline and once for the new one: small segments make that short."""
    program = str(datastore.bin / "initdb")
    locale = ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
    auth = ["--auth-local=peer", "--auth-host=reject"]
    format_ = ["--data-checksums", f"--wal-segsize={_SEGMENT_MB}"]
    run([program, *format_, *locale, *auth, f"--pgdata={folder}"], user=USER)


@contextmanager
def _running(
    datastore: Datastore, folder: Path, dbname: str
) -> Iterator[psycopg2.extensions.connection]:
    """The server by itself, on a private socket, without network or configuration of the plan."""
    private = folder.with_name("seeding")
    shutil.rmtree(private, ignore_errors=True)
    private.mkdir(mode=0o700)
    shutil.chown(private, USER, USER)
    (private / "pg_hba.conf").write_text("local all all trust\n")
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(private),
        "hba_file": str(private / "pg_hba.conf"),
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    process = subprocess.Popen(
        [str(datastore.bin / "postgres"), "-D", str(folder), *options],
        user=USER, group=USER, extra_groups=[], cwd="/", stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        connection = _connect(process, private, dbname)
        connection.autocommit = True
        yield connection
        connection.close()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
        shutil.rmtree(private, ignore_errors=True)


def _connect(
    process: subprocess.Popen[bytes], private: Path, dbname: str
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


def _pack(config: Config, datastore: Datastore, folder: Path) -> Path:
    """Owners are kept by name. Readable by root only: it is the whole database."""
    config.state.mkdir(parents=True, exist_ok=True)
    archive = config.state / f"seed-{datastore.name}.tar.gz"
    archive.unlink(missing_ok=True)
    archive.touch(mode=0o600)
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        tar.add(folder, arcname=".")
    return archive

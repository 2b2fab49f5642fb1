"""A datastore's beginning: made once, copied to every member, so that all start as equals and
nobody needs a copy of anybody.

It is made by a group of one. Galera's state file alone would not do: a member that joins is asked
for the position in its tables' own store (InnoDB's, where every write set leaves it), and one that
has none there ends, and fetches a full copy.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pymysql
from pymysql.connections import Connection

from ..commands import FailedError, run
from ..config import Config
from .server import USER, write_state, written
from .settings import Datastore

PROBE_ACCOUNT = "holdfast_probe"
_INSTALL = "/usr/bin/mariadb-install-db"
_STARTED_S = 60.0
_LOG_BYTES = 64 << 20
_HERE = "127.0.0.1"

_TABLES = (
    "create database holdfast",
    "create table holdfast.epochs (number bigint primary key, host varchar(64) not null,"
    " at timestamp(6) not null default current_timestamp(6))",
    "create table holdfast.scripts (name varchar(255) primary key, sha256 char(64) not null,"
    " at timestamp(6) not null default current_timestamp(6))",
    "create database holdfast_probe",
    "create table holdfast_probe.writes (`key` varchar(190) character set ascii primary key,"
    " at timestamp(6) not null default current_timestamp(6))",
    f"create user {PROBE_ACCOUNT} require subject '/CN={PROBE_ACCOUNT}'",
    f"grant select, insert on holdfast_probe.* to {PROBE_ACCOUNT}",
    # The scripts that copy a member run as the server's own system user.
    "create user mysql@localhost identified via unix_socket",
    "grant reload, process, lock tables, binlog monitor on *.* to mysql@localhost",
)


def seed(config: Config, datastore: Datastore) -> Path:
    """The archive of a fresh datastore, whose data are in place here too.

    Raises FailedError, first of all when there are data already."""
    folder = _fresh_folder(datastore)
    _install(folder)
    with _running(datastore, folder) as connection:
        _fill(connection, datastore)
    write_state(folder, *written(folder), founder=False)
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
    data = datastore.data
    if data.exists() and any(data.iterdir()):
        raise FailedError(f"{data} has data: a datastore begins only once")
    folder = data.with_name("data.seed")
    shutil.rmtree(folder, ignore_errors=True)
    for parent in (folder.parent.parent, folder.parent):
        parent.mkdir(parents=True, exist_ok=True)
        parent.chmod(0o755)
    folder.mkdir(mode=0o700)
    shutil.chown(folder, USER, USER)
    return folder


def _take(datastore: Datastore, folder: Path) -> None:
    """From now on these are the data."""
    os.sync()
    folder.rename(datastore.data)


def _install(folder: Path) -> None:
    """As the plan's my.cnf would have it, as far as the form of the files goes."""
    words = ["--no-defaults", f"--datadir={folder}", "--skip-test-db", "--skip-name-resolve"]
    form = [f"--innodb-log-file-size={_LOG_BYTES}"]
    run([_INSTALL, *words, "--auth-root-authentication-method=socket", *form], user=USER)


@contextmanager
def _running(datastore: Datastore, folder: Path) -> Iterator[Connection[Any]]:
    """The server as a group of one, without the configuration of the plan; nobody outside this
    host reaches it."""
    door = folder / "seed.sock"
    own = ["--no-defaults", f"--datadir={folder}", f"--socket={door}", "--skip-networking"]
    more = [f"--pid-file={folder}/seed.pid", f"--innodb-log-file-size={_LOG_BYTES}"]
    process = subprocess.Popen(
        [datastore.server, *own, *more, *_alone(datastore)],
        user=USER, group=USER, extra_groups=[], cwd="/", stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with closing(_connect(process, door)) as connection:
            yield connection
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        for leftover in ("aria_log_control.bak", "galera.cache", "seed.pid", "seed.sock"):
            (folder / leftover).unlink(missing_ok=True)


def _alone(datastore: Datastore) -> list[str]:
    """Galera's part of the arguments."""
    with socket.create_server((_HERE, 0)) as free:
        port = free.getsockname()[1]
    options = f"gmcast.listen_addr=tcp://{_HERE}:{port};gcache.size=1M;pc.recovery=no"
    return [
        "--wsrep-on=ON", f"--wsrep-provider={datastore.provider}", "--wsrep-new-cluster",
        "--wsrep-cluster-address=gcomm://", f"--wsrep-node-address={_HERE}",
        f"--wsrep-provider-options={options}",
        "--binlog-format=ROW", "--innodb-autoinc-lock-mode=2",
    ]  # fmt: skip


def _connect(process: subprocess.Popen[bytes], door: Path) -> Connection[Any]:
    deadline = time.monotonic() + _STARTED_S
    while True:
        try:
            connection: Connection[Any] = pymysql.connect(unix_socket=str(door), user="root")
            connection.query("select 1")  # refused until the group is there
            return connection
        except pymysql.Error as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise FailedError(f"the seed's server does not start: {error}") from error
            time.sleep(0.05)


def _fill(connection: Connection[Any], datastore: Datastore) -> None:
    """Accounts have no passwords: certificates are the only way in over the network."""
    accounts = [f"create user `{name}` require subject '/CN={name}'" for name in datastore.accounts]
    own = f"create database `{datastore.name}` character set utf8mb4"
    with connection.cursor() as cursor:
        for statement in (*_TABLES, own, *accounts):
            cursor.execute(statement)


def _pack(config: Config, datastore: Datastore, folder: Path) -> Path:
    """Owners are kept by name. Readable by root only: it is the whole database."""
    config.state.mkdir(parents=True, exist_ok=True)
    archive = config.state / f"seed-{datastore.name}.tar.gz"
    archive.unlink(missing_ok=True)
    archive.touch(mode=0o600)
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        tar.add(folder, arcname=".")
    return archive

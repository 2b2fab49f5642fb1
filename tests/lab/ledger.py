"""Writers that keep what was acknowledged to them, and the look at what is really there."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from tests.lab.site import HOSTS, Site

_CREATE = "create table if not exists holdfast_probe.writes (key text primary key)"
_PAUSE_S = 0.02
_PATIENCE_S = 60.0


@dataclass
class Ledger:
    """`acked` grows while the writer runs; `refusals` tells what it was answered otherwise."""

    acked: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def grown(self) -> None:
        """Wait until another write is acknowledged."""
        before, ends = len(self.acked), time.monotonic() + _PATIENCE_S
        while len(self.acked) == before:
            assert time.monotonic() < ends, f"no write is acknowledged: {self.refusals[-3:]}"
            time.sleep(_PAUSE_S)


@contextmanager
def writing(site: Site, host: str) -> Iterator[Ledger]:
    """Single rows through the endpoint of `host`, one after the other, until the context ends."""
    ledger, over = Ledger(), threading.Event()
    address = str(site.lab.address(host))
    writer = threading.Thread(target=_write, args=(site.dsn(address), ledger, over), daemon=True)
    with psycopg.connect(site.dsn(address), autocommit=True) as connection:
        connection.execute(_CREATE)
    writer.start()
    try:
        ledger.grown()
        yield ledger
    finally:
        over.set()
        writer.join(_PATIENCE_S)


def _write(dsn: str, ledger: Ledger, over: threading.Event) -> None:
    while not over.is_set():
        try:
            with psycopg.connect(f"{dsn} connect_timeout=2", autocommit=True) as connection:
                _write_on(connection, ledger, over)
        except psycopg.Error as error:
            ledger.refusals.append(str(error))
            time.sleep(_PAUSE_S)


def _write_on(connection: psycopg.Connection[Any], ledger: Ledger, over: threading.Event) -> None:
    """A warning at commit may mean that the row is on one member only: not acknowledged."""
    warnings: list[str] = []
    connection.add_notice_handler(lambda said: warnings.append(str(said)))
    while not over.is_set() and not warnings:
        key = uuid.uuid4().hex
        connection.execute("insert into holdfast_probe.writes values (%s)", (key,))
        if not warnings:
            ledger.acked.append(key)
        time.sleep(_PAUSE_S)
    ledger.refusals.extend(warnings)


def rows(site: Site, host: str) -> frozenset[str]:
    """All keys on one member, asked behind haproxy's back."""
    query = "select key from holdfast_probe.writes"
    said = site.on(host, f"psql -h /run/postgresql -U postgres -Atc '{query}' accounts")
    return frozenset(said.split())


def assert_nothing_lost(site: Site, ledger: Ledger) -> None:
    """Once all members are healthy: every acknowledged row on each, and the same rows on all."""
    await_health(site)
    ends = time.monotonic() + _PATIENCE_S
    while True:
        kept = {host: rows(site, host) for host in HOSTS}
        if len(set(kept.values())) == 1 or time.monotonic() > ends:
            break
    for host, keys in kept.items():
        assert not set(ledger.acked) - keys, f"{host} lacks acknowledged rows"
    assert len(set(kept.values())) == 1, "members differ"


def await_health(site: Site) -> None:
    """One serving primary that both others follow, known to all."""
    ends = time.monotonic() + _PATIENCE_S
    while True:
        told = site.status()
        primaries = {each["primary"] for each in told.values() if each["serving"]}
        followers = {tuple(each["followers"]) for each in told.values()}
        if len(told) == len(HOSTS) and len(primaries) == 1:
            primary = next(iter(primaries))
            if followers == {tuple(site.others(primary))}:
                return
        assert time.monotonic() < ends, told
        time.sleep(0.3)


def await_successor(site: Site, former: str) -> None:
    """Both others agree that one of them serves."""
    others = site.others(former)
    ends = time.monotonic() + _PATIENCE_S
    while True:
        told = site.status()
        serving = {told[host]["primary"] for host in others if told[host]["serving"]}
        if len(serving) == 1 and serving < set(others):
            return
        assert time.monotonic() < ends, told
        time.sleep(_PAUSE_S)

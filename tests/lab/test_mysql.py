"""A MySQL datastore on three lab hosts, broken in all the ways it is made for."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.lab.site import HOSTS, SQL, Site

from holdfast.drill.timeline import Outcome
from holdfast.lab.place import Lab
from holdfast.probes.door import Door
from holdfast.probes.mysql import MysqlProbe

pytestmark = pytest.mark.lab

SPEC = "system: shop\ndatastores:\n  orders: {engine: mysql}\n"
UNIT = "holdfast-mysql-orders.service"
PATIENCE_S = 60.0
PORT = 6432

Ledger = list[str]


@pytest.fixture(scope="module")
def deployed(can_boot: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("mysql")
    place = Site(Lab(f"{Lab.here().name}#mysql"), folder / "holdfast.yaml")
    place.spec.write_text(SPEC)
    place.must("lab", "down")
    place.must("lab", "up")
    try:
        place.must("up")
        yield place
    finally:
        place.must("lab", "down")


@pytest.fixture
def site(deployed: Site) -> Site:
    """Healthy at the start of every test."""
    await_health(deployed)
    return deployed


def status(site: Site) -> dict[str, Any]:
    """What each host's steward says of the datastore; hosts that are silent lack."""
    told = json.loads(site.holdfast("status", "--json").stdout)["hosts"]
    heard = {host: each["steward"] for host, each in told.items() if each.get("steward")}
    return {host: each["datastores"]["orders"] for host, each in heard.items()}


def await_that(site: Site, good: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    ends = time.monotonic() + PATIENCE_S
    while True:
        told = status(site)
        if good(told):
            return told
        assert time.monotonic() < ends, told
        time.sleep(0.3)


def await_health(site: Site) -> None:
    """One writer, known to all, and every member complete."""

    def healthy(told: dict[str, Any]) -> bool:
        writers = {each["primary"] for each in told.values() if each["serving"]}
        complete = all(set(each["complete"]) == set(HOSTS) for each in told.values())
        return len(told) == len(HOSTS) and len(writers) == 1 and complete

    await_that(site, healthy)


def writer_of(site: Site) -> str:
    named = {each["primary"] for each in status(site).values() if each["serving"]}
    assert len(named) == 1, named
    return str(named.pop())


@contextmanager
def writing(site: Site, host: str) -> Iterator[Ledger]:
    """A client of the gateway of `host`, one row after the other; what was acknowledged."""
    acked: Ledger = []
    over = threading.Event()
    pki = site.pki
    papers = (pki / "ca.crt", pki / "holdfast_probe.crt", pki / "holdfast_probe.key")
    door = Door(
        "orders.holdfast.internal",
        str(site.lab.address(host)),
        PORT,
        "orders",
        "holdfast_probe",
        *papers,
    )

    async def write() -> None:
        probe = MysqlProbe("writer", door, "orders", deadline=2.0)
        while not over.is_set():
            key = uuid.uuid4().hex
            if (await probe.ask(key)).outcome is Outcome.OK:
                acked.append(key)
            await asyncio.sleep(0.02)
        await probe.close()

    thread = threading.Thread(target=lambda: asyncio.run(write()), daemon=True)
    thread.start()
    try:
        grown(acked)
        yield acked
    finally:
        over.set()
        thread.join(PATIENCE_S)


def grown(acked: Ledger) -> None:
    """Wait until another write is acknowledged."""
    before, ends = len(acked), time.monotonic() + PATIENCE_S
    while len(acked) == before:
        assert time.monotonic() < ends, "no write is acknowledged"
        time.sleep(0.02)


def assert_nothing_lost(site: Site, acked: Ledger) -> None:
    """Once all members are healthy: every acknowledged row on each, and the same rows on all."""
    await_health(site)
    query = "set session wsrep_sync_wait=1; select \\`key\\` from holdfast_probe.writes"
    kept = {host: set(said.split()) for host, said in site.everywhere(f'{SQL} "{query}"').items()}
    for host, keys in kept.items():
        assert not set(acked) - keys, f"{host} lacks acknowledged rows"
    assert len({frozenset(keys) for keys in kept.values()}) == 1, "members differ"


def said(site: Site, host: str, unit: str, text: str) -> bool:
    log = site.on(host, f"journalctl --unit={unit} --output=cat --since=-120s")
    return text in log


def test_all_members_begin_with_the_seed(site: Site) -> None:
    """Nobody's server ended on the way, and nobody fetched a full copy of anybody."""
    begun = site.everywhere(f"journalctl -b -u {UNIT} --no-pager -o cat")
    for host, said in begun.items():
        assert said.count("Starting MariaDB 11") == 1, host
        assert "Streaming the backup" not in said, host


def test_a_second_up_changes_nothing(site: Site) -> None:
    assert "nothing changed" in site.must("up").stderr


def test_the_configuration_is_understood(site: Site) -> None:
    etc = "/etc/holdfast/mysql/orders/my.cnf"
    site.everywhere(f"mariadbd --defaults-file={etc} --wsrep-on=OFF --help --verbose >/dev/null")


@pytest.mark.parametrize("fault", ["power-off", "kill", "handover"])
def test_a_drill_finds_everybody_served_and_nothing_lost(site: Site, fault: str) -> None:
    before = writer_of(site)
    done = site.holdfast("drill", fault, "--victim", "primary:orders", "--json")
    assert done.returncode in (0, 1), done.stderr
    probes: dict[str, Any] = json.loads(done.stdout)["probes"]
    assert {name for name, probe in probes.items() if not probe["ended"]} == set()
    writers = [probe for name, probe in probes.items() if name.startswith("mysql")]
    assert len(writers) == len(HOSTS)
    assert all(each["acked"] > 0 and each["lost"] == 0 for each in writers)
    await_health(site)
    assert writer_of(site) != before


def test_a_member_that_was_away_gets_what_it_missed_and_one_without_data_gets_all(
    site: Site,
) -> None:
    other = site.others(writer_of(site))[0]
    with writing(site, writer_of(site)) as acked:
        site.on(other, f"systemctl kill --signal=KILL {UNIT}")
        grown(acked)
        await_health(site)
        assert said(site, other, UNIT, "Receiving IST")
        site.on(
            other,
            "systemctl stop holdfast-steward; systemctl kill --signal=KILL "
            f"{UNIT}; sleep 0.2; find /var/lib/holdfast/mysql/orders/data -mindepth 1 -delete; "
            "systemctl start holdfast-steward",
        )
        grown(acked)
        await_health(site)
        assert said(site, other, UNIT, "mariabackup SST completed on joiner")
    assert_nothing_lost(site, acked)


def test_without_the_writer_nobody_begins_anew_unless_a_person_accepts_the_loss(
    site: Site,
) -> None:
    last = writer_of(site)
    others = site.others(last)
    with writing(site, others[0]) as acked:
        for host in others:
            site.must("lab", "power", host, "off")
    site.must("lab", "power", last, "off")
    for host in others:
        site.must("lab", "power", host, "on")
    told = await_that(
        site,
        lambda told: set(told) == set(others) and all("waits" in t["phase"] for t in told.values()),
    )
    assert all(last in each["phase"] for each in told.values()), told
    refused = site.holdfast("bootstrap", "orders", others[0])
    assert refused.returncode == 2
    site.must("bootstrap", "orders", others[0], "--accept-loss")
    with writing(site, others[1]) as later:
        grown(later)
    assert site.holdfast("bootstrap", "orders", others[0], "--accept-loss").returncode == 1
    site.must("lab", "power", last, "on")
    assert_nothing_lost(site, later)
    assert acked


def test_after_all_hosts_lost_power_they_serve_again(site: Site) -> None:
    with writing(site, "n2") as acked:
        grown(acked)
    for host in HOSTS:
        site.must("lab", "power", host, "off")
    for host in ("n3", "n1", "n2"):
        site.must("lab", "power", host, "on")
    await_health(site)
    assert_nothing_lost(site, acked)

"""Whatever dies, somebody serves again, and what was acknowledged is on every member afterwards.

Order and correctness only; how long it takes is for scripts/bench.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.lab.ledger import assert_nothing_lost, await_health, await_successor, writing
from tests.lab.site import HOSTS, Site, shop_site

pytestmark = pytest.mark.lab

POSTGRESQL = "holdfast-postgresql-accounts.service"
PSQL = "psql -h /run/postgresql -U postgres -Atq accounts"
COURSE = ("elected", "promoted", "marked", "serving")


@pytest.fixture(scope="module")
def deployed(can_boot: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with shop_site("failover", tmp_path_factory.mktemp("failover")) as place:
        place.must("up")
        yield place


@pytest.fixture
def site(deployed: Site) -> Site:
    """Healthy at the start of every test."""
    await_health(deployed)
    return deployed


@pytest.mark.parametrize("fault", ["power-off", "link-cut", "kill", "freeze", "handover"])
def test_a_drill_finds_everybody_served_and_nothing_lost(site: Site, fault: str) -> None:
    before = site.primary()
    done = site.holdfast("drill", fault, "--victim", "primary:accounts", "--json")
    assert done.returncode in (0, 1), done.stderr
    verdict = json.loads(done.stdout)
    probes: dict[str, Any] = verdict["probes"]
    assert {name for name, probe in probes.items() if not probe["ended"]} == set()
    writers = [probe for name, probe in probes.items() if name.startswith("postgresql")]
    assert all(writer["acked"] > 0 and writer["lost"] == 0 for writer in writers)
    kinds = [event["kind"] for event in verdict["events"] if event["at_s"] >= 0]
    course = [kinds.index(kind) for kind in COURSE]
    assert course == sorted(course)
    await_health(site)
    assert site.primary() != before


def test_two_failovers_in_a_row_lose_nothing(site: Site) -> None:
    first = site.primary()
    with writing(site, site.others(first)[0]) as ledger:
        site.on(first, f"systemctl kill --signal=KILL {POSTGRESQL}")
        ledger.grown()
        await_health(site)
        second = site.primary()
        assert second != first
        site.on(second, f"systemctl kill --signal=KILL {POSTGRESQL}")
        ledger.grown()
    assert_nothing_lost(site, ledger)


def test_an_ex_primary_that_is_ahead_is_rewound(site: Site) -> None:
    """It goes on committing locally, behind the cut cable, what nobody else has."""
    primary = site.primary()
    insert = "insert into holdfast_probe.writes values (gen_random_uuid()::text)"
    once = f'{PSQL} -c "set synchronous_commit=local; {insert}"'
    alone = f"systemd-run --quiet --collect sh -c 'for i in $(seq 200); do {once} || exit 0; done'"
    with writing(site, site.others(primary)[0]) as ledger:
        site.on(primary, alone)
        site.must("lab", "link", primary, "cut")
        try:
            ledger.grown()
            await_successor(site, primary)
            ledger.grown()
        finally:
            site.must("lab", "link", primary, "mend")
    assert_nothing_lost(site, ledger)
    log = site.on(primary, "journalctl --unit=holdfast-steward --output=cat --since=-90s")
    said = [json.loads(line)["event"] for line in log.splitlines() if line.startswith("{")]
    assert "rejoined" in said


@pytest.mark.parametrize("unit", ["corosync", "holdfast-steward", "haproxy"])
def test_whatever_dies_beside_the_primary_nothing_is_lost(site: Site, unit: str) -> None:
    primary = site.primary()
    with writing(site, site.others(primary)[0]) as ledger:
        site.on(primary, f"systemctl kill --signal=KILL {unit}")
        ledger.grown()
        await_health(site)
        ledger.grown()
    assert_nothing_lost(site, ledger)


def test_a_host_that_slept_through_its_succession_does_not_serve(site: Site) -> None:
    """All of it stands still, long enough for a successor; then all of it goes on at once."""
    primary = site.primary()
    units = f"corosync holdfast-steward {POSTGRESQL}"
    asleep = f"systemctl kill --signal=STOP {units}; sleep 4; systemctl kill --signal=CONT {units}"
    with writing(site, site.others(primary)[0]) as ledger:
        site.on(primary, f"systemd-run --quiet --collect sh -c '{asleep}'")
        ledger.grown()
        await_health(site)
        ledger.grown()
        assert site.primary() != primary
    assert_nothing_lost(site, ledger)


def test_after_all_hosts_lost_power_they_serve_again(site: Site) -> None:
    with writing(site, "n2") as ledger:
        pass
    for host in HOSTS:
        site.must("lab", "power", host, "off")
    for host in ("n3", "n1", "n2"):
        site.must("lab", "power", host, "on")
    await_health(site)
    with writing(site, "n1") as later:
        later.grown()
    assert_nothing_lost(site, ledger)
    assert_nothing_lost(site, later)


def test_a_planned_handover_loses_nothing(site: Site) -> None:
    primary = site.primary()
    to = site.others(primary)[-1]
    with writing(site, site.others(primary)[0]) as ledger:
        site.must("switchover", "accounts", to)
        ledger.grown()
    assert site.primary() == to
    assert_nothing_lost(site, ledger)

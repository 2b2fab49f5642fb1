"""Lost hosts are made certain to be off, what must be one is never two, and nobody is shot who has
done nothing. Order and correctness only."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from tests.lab.ledger import assert_nothing_lost, await_health, await_successor, writing
from tests.lab.site import HOSTS, Site, shop_site

from holdfast.lab.switch import LabSwitch
from holdfast.platforms.machines.cluster import Cluster, advice, parse

pytestmark = pytest.mark.lab

SPEC = """\
system: shop
datastores:
  accounts: {engine: postgresql}
services:
  alone: {run: python3 -m alone, source: alone, port: 8301, singleton: true, memory: 32MiB}
"""
ALONE = """\
import time
while True:
    print("here", flush=True)
    time.sleep(0.2)
"""
UNIT = "holdfast-alone@1.service"
PATIENCE_S = 90.0


@pytest.fixture(scope="module")
def deployed(can_boot: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with shop_site("fencing", tmp_path_factory.mktemp("fencing")) as place:
        place.spec.write_text(SPEC)
        folder = place.spec.parent / "alone"
        folder.mkdir()
        (folder / "alone.py").write_text(ALONE)
        place.must("up")
        yield place


@pytest.fixture
def site(deployed: Site) -> Iterator[Site]:
    """Healthy at the start of every test; at its end, the singleton was never two."""
    await_health(deployed)
    wait(deployed, lambda told: all_online(told) and runner(told) != "")
    yield deployed
    assert_never_two(deployed)


def wait(site: Site, for_: Callable[[Cluster], bool], by: str = "n1") -> Cluster:
    """Until what pacemaker says, as the host `by` has it, is as wanted."""
    ends = time.monotonic() + PATIENCE_S
    while True:
        told = pacemaker(site, by)
        if for_(told):
            return told
        assert time.monotonic() < ends, told
        time.sleep(0.5)


def pacemaker(site: Site, by: str = "n1") -> Cluster:
    """Empty while the host has no quorum, or has not begun."""
    said = site.on(by, "crm_mon --one-shot --output-as=xml --fence-history=2 || true")
    return (parse(said) if "<nodes>" in said else None) or {}


def all_online(told: Cluster) -> bool:
    return [host for host in HOSTS if host in told and told[host].state == "online"] == [*HOSTS]


def runner(told: Cluster) -> str:
    """The host that runs the singleton; empty for none."""
    found = [host for host, each in told.items() if "alone" in each.runs]
    assert len(found) < 2, told
    return "".join(found)


def boots(site: Site, *hosts: str) -> dict[str, str]:
    """What changes whenever a host is restarted."""
    with ThreadPoolExecutor() as pool:
        said = pool.map(lambda host: site.on(host, "stat -c %y /proc/1"), hosts)
        return dict(zip(hosts, said, strict=True))


def assert_never_two(site: Site) -> None:
    """No run of it had begun before the one before had said its last word."""
    command = f"journalctl --unit={UNIT} --output=json --output-fields=_PID,MESSAGE"
    spans: dict[tuple[str, str, str], list[int]] = {}
    for host, log in site.everywhere(command).items():
        for line in log.splitlines():
            entry = json.loads(line)
            if entry["MESSAGE"] == "here":
                run = (host, entry.get("_BOOT_ID", ""), entry["_PID"])
                spans.setdefault(run, []).append(int(entry["__REALTIME_TIMESTAMP"]))
    runs = sorted((min(times), max(times), run) for run, times in spans.items())
    overlaps = [(a, b) for a, b in pairwise(runs) if b[0] <= a[1]]
    assert runs and not overlaps


def test_a_host_on_standby_hands_over_what_it_has(site: Site) -> None:
    here = runner(pacemaker(site))
    other = site.others(here)[0]
    if site.primary() != here:
        site.must("switchover", "accounts", here)
    with writing(site, other) as ledger:
        site.on(other, f"crm_standby --node={here} --update=on")
        wait(site, lambda told: runner(told) in site.others(here), by=other)
        await_successor(site, here)
        ledger.grown()
        site.on(other, f"crm_standby --node={here} --delete")
    assert_nothing_lost(site, ledger)


def test_roles_are_to_be_seen_in_pacemaker_too(site: Site) -> None:
    said = site.on("n1", "crm_mon --one-shot --output-as=xml --include=attributes")
    assert all(f'value="{role}"' in said for role in ("primary", "replica"))


async def test_a_host_that_is_cut_off_for_a_moment_stays_on(site: Site) -> None:
    before, victim = boots(site, *HOSTS), runner(pacemaker(site))
    switch = LabSwitch(site.lab)
    await switch.cut(victim)
    await asyncio.sleep(2)
    await switch.mend(victim)
    wait(site, all_online, by=site.others(victim)[0])
    assert boots(site, *HOSTS) == before


def test_a_killed_corosync_is_no_reason_to_fence(site: Site) -> None:
    before = boots(site, *HOSTS)
    leader = site.on("n1", "crmadmin --dc_lookup --quiet").split()[-1]
    site.on(leader, "systemctl kill --signal=KILL corosync")
    wait(site, all_online, by=site.others(leader)[0])
    await_health(site)
    assert boots(site, *HOSTS) == before


def test_a_frozen_host_is_fenced_and_comes_back_clean(site: Site) -> None:
    victim = runner(pacemaker(site))
    survivors = site.others(victim)
    before = boots(site, victim)
    with writing(site, survivors[0]) as ledger:
        site.must("lab", "freeze", victim, "on")
        ledger.grown()
        wait(site, lambda told: told[victim].state == "lost", by=survivors[0])
        wait(site, lambda told: all_online(told) and runner(told) != "", by=survivors[0])
    assert boots(site, victim) != before
    assert_nothing_lost(site, ledger)


def test_without_its_bmc_a_person_says_that_a_host_is_off(site: Site) -> None:
    victim = runner(pacemaker(site))
    survivor = site.others(victim)[0]
    assert site.holdfast("fenced", survivor).returncode == 2
    with writing(site, survivor) as ledger:
        site.must("lab", "power", victim, "off")
        ledger.grown()
        told = wait(site, lambda told: "by hand" in advice(victim, told[victim]), by=survivor)
        assert runner(told) in ("", victim)
        assert f"{victim}: lost" in site.holdfast("status").stdout
        site.must("fenced", victim)
        wait(site, lambda told: runner(told) in site.others(victim), by=survivor)
    site.must("lab", "power", victim, "on")
    wait(site, all_online, by=survivor)
    assert_nothing_lost(site, ledger)


def test_after_all_hosts_lost_power_nobody_is_fenced(site: Site) -> None:
    for host in HOSTS:
        site.must("lab", "power", host, "off")
    for host in ("n2", "n3", "n1"):
        site.must("lab", "power", host, "on")
    await_health(site)
    before = boots(site, *HOSTS)
    wait(site, lambda told: all_online(told) and runner(told) != "")
    assert boots(site, *HOSTS) == before

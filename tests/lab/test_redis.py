"""Redis Cluster whose primaries the stewards choose: whatever dies, every shard is written to
again, and what replicas had is on every member afterwards. Order and correctness only."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import redis
from tests.lab.site import HOSTS, Site, shop_site

from holdfast.engines.redis import tag

pytestmark = pytest.mark.lab

SPEC = "system: shop\ndatastores:\n  sessions: {engine: redis}\n"
SHARDS = tuple(f"sessions/{number}" for number in (1, 2, 3))
KEY = f"holdfast_probe:{{{tag(0, 5460)}}}:lab"
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def deployed(can_boot: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with shop_site("redis", tmp_path_factory.mktemp("redis")) as place:
        place.spec.write_text(SPEC)
        place.must("up")
        yield place


@pytest.fixture
def site(deployed: Site) -> Site:
    """Healthy at the start of every test."""
    await_health(deployed)
    return deployed


def told(site: Site) -> dict[str, dict[str, Any]]:
    """What each host's steward says, by host and shard; hosts that are silent lack."""
    hosts = json.loads(site.holdfast("status", "--json").stdout)["hosts"]
    heard = {host: each["steward"] for host, each in hosts.items() if each.get("steward")}
    return {host: each["datastores"] for host, each in heard.items()}


def primary(site: Site, shard: str) -> str | None:
    """Whom all hosts call the serving primary, if both others follow it."""
    said = [each[shard] for each in told(site).values()]
    named = {each["primary"] for each in said if each["serving"]}
    if len(said) < len(HOSTS) or len(named) != 1:
        return None
    host = str(named.pop())
    followed = any(each["followers"] == site.others(host) for each in said)
    return host if followed else None


def await_health(site: Site) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not all(primary(site, shard) for shard in SHARDS):
        assert time.monotonic() < ends, told(site)
        time.sleep(0.3)


def client(site: Site, host: str) -> redis.Redis:
    """Of the first shard's member on `host`, as a client may be."""
    return redis.Redis(
        host=str(site.lab.address(host)),
        port=7001,
        username="holdfast_probe",
        password=(site.pki / "sessions-holdfast_probe.password").read_text(),
        ssl=True,
        ssl_ca_certs=str(site.pki / "ca.crt"),
        ssl_certfile=str(site.pki / "holdfast_probe.crt"),
        ssl_keyfile=str(site.pki / "holdfast_probe.key"),
        decode_responses=True,
    )


def command(member: redis.Redis, *words: str | int) -> object:
    """redis-py has no type for it."""
    answer: object = member.execute_command(*words)  # type: ignore[no-untyped-call]
    return answer


@pytest.mark.parametrize("fault", ["kill", "power-off"])
def test_a_drill_finds_every_shard_written_to_and_nothing_lost(site: Site, fault: str) -> None:
    before = primary(site, SHARDS[0])
    done = site.holdfast("drill", fault, "--victim", f"primary:{SHARDS[0]}", "--json")
    assert done.returncode in (0, 1), done.stderr
    verdict = json.loads(done.stdout)
    probes: dict[str, Any] = verdict["probes"]
    assert {name for name, probe in probes.items() if not probe["ended"]} == set()
    writers = [probes[f"redis {shard}"] for shard in SHARDS]
    assert all(writer["acked"] > 0 and writer["lost"] == 0 for writer in writers)
    about = [e for e in verdict["events"] if e["at_s"] >= 0 and e["kind"] == "elected"]
    assert any(f"elected {before}" not in event["detail"] for event in about)


def test_a_shard_is_handed_over_and_back_and_over_again(site: Site) -> None:
    """Whoever has voted is fenced: it has to take writes again once it is primary."""
    here = primary(site, SHARDS[1])
    assert here is not None
    there = site.others(here)[0]
    for host in (there, here, there):
        site.must("switchover", SHARDS[1], host)
        await_health(site)
        assert primary(site, SHARDS[1]) == host


def test_whoever_has_it_already_is_not_handed_it_over(site: Site) -> None:
    here = primary(site, SHARDS[2])
    assert here is not None
    done = site.holdfast("switchover", SHARDS[2], here)
    assert (done.returncode, "already" in done.stderr) == (1, True)


def test_what_all_have_on_disk_outlives_the_loss_of_all_power(site: Site) -> None:
    here = primary(site, SHARDS[0])
    assert here is not None
    with closing(client(site, here)) as writer:
        writer.hset(KEY, "before", "1")
        assert command(writer, "WAITAOF", 1, 2, 10_000) == [1, 2]
    for host in HOSTS:
        site.must("lab", "power", host, "off")
    site.must("lab", "up")
    await_health(site)
    for host in HOSTS:
        with closing(client(site, host)) as reader:
            command(reader, "READONLY")
            assert reader.hgetall(KEY) == {"before": "1"}


def test_a_lost_disk_is_filled_again(site: Site) -> None:
    here = primary(site, SHARDS[0])
    assert here is not None
    there = site.others(here)[0]
    with closing(client(site, here)) as writer:
        writer.hset(KEY, "kept", "1")
        assert writer.wait(2, 10_000) == 2
    site.on(
        there,
        "rm -rf /var/lib/holdfast/redis/sessions/1/*"
        " && systemctl kill --signal=KILL holdfast-redis-sessions@1.service",
    )
    ends = time.monotonic() + PATIENCE_S
    while not has(site, there, "kept"):
        assert time.monotonic() < ends, told(site)
        time.sleep(0.3)
    await_health(site)


def has(site: Site, host: str, field: str) -> bool:
    try:
        with closing(client(site, host)) as reader:
            command(reader, "READONLY")
            return bool(reader.hexists(KEY, field))
    except redis.RedisError:
        return False

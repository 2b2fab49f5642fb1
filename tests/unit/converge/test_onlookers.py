"""Onlookers begin, end and tell, on hosts that exist in memory."""

from __future__ import annotations

import json

import pytest

from holdfast.converge.onlookers import Onlookers, Service
from holdfast.drill.scene import Offset
from holdfast.drill.timeline import Event, Sample
from holdfast.errors import HostError
from holdfast.hosts.base import Result
from holdfast.hosts.memory import Answer, MemoryHost

LINES = "/run/holdfast-onlooker/lines.jsonl"
SOLO = Service("solo clusterip", "10.96.0.9", 4000)
GOOD = Result(0, "", "")

SAMPLE = {
    "line": "sample",
    "probe": "solo clusterip on n2",
    "intended": 10.0,
    "sent": 10.0,
    "done": 10.1,
    "outcome": "ok",
}
RULE = {"line": "event", "at": 11.0, "source": "kube-proxy", "kind": "added", "about": "solo"}


def host(begins: Result = GOOD) -> MemoryHost:
    """It answers every command of an onlooker's life."""
    answers: dict[tuple[str, ...], Answer] = {}
    for argv in (
        ("systemctl", "stop", "holdfast-onlooker.service"),
        ("mkdir", "-p", "/run/holdfast-onlooker/onlooker"),
        ("rm", "-f", LINES),
        ("test", "-s", LINES),
    ):
        answers[argv] = GOOD
    begin = (
        *("systemd-run", "--quiet", "--collect", "--unit=holdfast-onlooker.service"),
        *("--property=CPUWeight=1000", "--property=RuntimeMaxSec=60"),
        "--working-directory=/run/holdfast-onlooker",
        *("python3", "-m", "onlooker"),
        *("/run/holdfast-onlooker/look.json", LINES),
    )
    answers[begin] = begins
    lines = "\n".join((json.dumps(SAMPLE), json.dumps(RULE), '{"line": "sam'))
    return MemoryHost("n2", answers, {LINES: lines})


async def test_what_was_seen_is_told_on_our_clock() -> None:
    door = host()
    onlookers = Onlookers([door], [SOLO], most_s=60)
    async with onlookers.on():
        assert json.loads(door.files["/run/holdfast-onlooker/look.json"])["probes"][0] == {
            "name": "solo clusterip on n2",
            "address": "10.96.0.9",
            "port": 4000,
            "path": "/",
            "period": 0.1,
            "deadline": 1.0,
        }
        assert "/run/holdfast-onlooker/onlooker/__main__.py" in door.files
    sample, rule = onlookers.seen({"n2": Offset(0.5, 0.0)})
    assert isinstance(sample, Sample) and sample.done == pytest.approx(9.6)
    assert isinstance(rule, Event) and (rule.host, rule.at) == ("n2", 10.5)


async def test_a_node_that_cannot_look_on() -> None:
    onlookers = Onlookers([host(begins=Result(1, "", "no python3\n"))], [SOLO], most_s=60)
    with pytest.raises(HostError, match="no python3"):
        async with onlookers.on():
            pass


async def test_a_node_that_has_fallen_silent_has_nothing_to_tell() -> None:
    door = host()
    onlookers = Onlookers([door], [SOLO], most_s=60)
    async with onlookers.on():
        door.reachable = False
    assert onlookers.seen({}) == []

"""What a playbook says, as steps and errors; and the looks at hosts and stewards."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from holdfast.errors import EnvironmentFailure, HostError
from holdfast.hosts.base import Result
from holdfast.hosts.memory import MemoryHost
from holdfast.platforms.machines.asking import standings, switch_over
from holdfast.platforms.machines.operate import Step, follow
from holdfast.platforms.machines.preflight import preflight

DIFF = {"before": "", "after": "x\n", "before_header": "/a", "after_header": "/a"}


async def events(*said: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    for event in said:
        yield event


def ok(task: str, host: str, changed: bool, **more: Any) -> dict[str, Any]:
    return {"event": "ok", "task": task, "host": host, "changed": changed, **more}


async def test_results_become_steps() -> None:
    heard: list[Step] = []
    await follow(
        events(
            {"event": "task", "task": "files"},
            ok("files", "n1", changed=True, diff=[DIFF]),
            ok("files", "n2", changed=False),
            {"event": "task", "task": "units"},
            ok("units", "n1", changed=False),
        ),
        heard.append,
    )
    assert heard == [Step("files", ("n1",), (("n1", DIFF),)), Step("units")]


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({"event": "failed", "msg": "no space left", "stderr": ""}, "n2: files: no space left"),
        ({"event": "failed", "msg": "non-zero", "stderr": "why\n"}, "n2: files: why"),
        ({"event": "unreachable", "msg": "no route"}, "n2: files: no route"),
    ],
)
async def test_the_first_failure_names_host_and_step(event: dict[str, Any], text: str) -> None:
    said = events({"event": "task", "task": "files"}, {**event, "task": "files", "host": "n2"})
    with pytest.raises(HostError) as caught:
        await follow(said, lambda _: None)
    assert caught.value.message == text
    assert caught.value.exit_code == 3


FINE = {"system": "debian-13", "user": "0", "free": "5000", "realtime": "yes"}


def host(name: str, **answers: str) -> MemoryHost:
    """A host that answers the preflight's questions; its clock is ours unless it is told."""

    def look(_: str) -> Result:
        told = {**FINE, "clock": f"{time.time():.6f}", **answers}
        return Result(0, "\n".join(told.values()) + "\n", "")

    return MemoryHost(name, {("sh", "-s"): look})


async def test_hosts_that_can_be_used_are_used() -> None:
    await preflight([host("n1"), host("n2")])


@pytest.mark.parametrize(
    ("answers", "text"),
    [
        ({"system": "debian-12"}, "runs debian-12"),
        ({"user": "1000"}, "not root"),
        ({"free": "12"}, "12 MB free"),
        ({"realtime": "no"}, "real-time"),
        ({"clock": "1000.5"}, "clock is"),
    ],
)
async def test_a_host_that_cannot_be_used_is_named(answers: dict[str, str], text: str) -> None:
    with pytest.raises(HostError, match=f"n2: .*{text}") as caught:
        await preflight([host("n1"), host("n2", **answers)])
    assert caught.value.hint


async def test_a_host_that_talks_nonsense_is_named() -> None:
    with pytest.raises(HostError, match="no sensible answer"):
        await preflight([MemoryHost("n1")])


STEWARD = ("env", "-C", "/usr/lib/holdfast", "python3", "-m", "steward")
ADDRESSES = [{"addr_info": [{"local": "10.0.0.11"}]}, {"addr_info": [{"local": "10.0.0.21"}]}]


Answers = Mapping[tuple[str, ...], object]


def member(name: str, answers: Answers) -> MemoryHost:
    """A host with one virtual address, whose steward's client says this."""
    said = {(*STEWARD, *verb): Result(0, json.dumps(answers[verb]), "") for verb in answers}
    links = Result(0, json.dumps(ADDRESSES), "")
    return MemoryHost(name, {("ip", "-json", "-4", "address", "show"): links, **said})


async def test_what_a_host_does_not_answer_is_unknown() -> None:
    well = member("n1", {("status",): {"host": "n1"}})
    mute = member("n2", {})
    dead = MemoryHost("n3", reachable=False)
    found = await standings([well, mute, dead], ["10.0.0.21", "10.0.0.22"])
    assert [standing.status for standing in found] == [{"host": "n1"}, None, None]
    assert [standing.addresses for standing in found] == [("10.0.0.21",), ("10.0.0.21",), None]
    assert [bool(standing.trouble) for standing in found] == [False, True, True]


async def test_a_handover_is_asked_of_the_first_steward_that_listens() -> None:
    dead = MemoryHost("n1", reachable=False)
    done = {"ok": True, "why": "n3 serves in term 2"}
    well = member("n2", {("status",): {}, ("switchover", "accounts", "n3"): done})
    assert await switch_over([dead, well], "accounts", "n3") == done


async def test_without_any_steward_there_is_no_handover() -> None:
    with pytest.raises(EnvironmentFailure, match="no steward answers"):
        await switch_over([MemoryHost("n1", reachable=False)], "accounts", None)

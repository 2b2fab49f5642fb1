"""What only the host in memory can do, and how doors are chosen."""

from __future__ import annotations

import pytest

from holdfast.errors import HostError
from holdfast.hosts.base import Result
from holdfast.hosts.connect import connect
from holdfast.hosts.memory import MemoryHost
from holdfast.hosts.ssh import SshHost
from holdfast.lab.place import Lab


async def test_a_dead_host_raises_and_remembers_nothing() -> None:
    host = MemoryHost("n1", {("true",): Result(0, "", "")}, reachable=False)
    for verb in (host.run("true"), host.get("/x"), host.put("/x", "y")):
        with pytest.raises(HostError, match="n1"):
            await verb
    assert not host.ran
    assert not host.files


async def test_commands_are_kept_in_order() -> None:
    host = MemoryHost("n1")
    await host.run("a", "b")
    await host.run("c")
    assert host.ran == [("a", "b"), ("c",)]


def test_a_lab_host_is_reached_over_ssh() -> None:
    door = connect(Lab("x").host("n2"))
    assert isinstance(door, SshHost)
    assert door.host == "n2"

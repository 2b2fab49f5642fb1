"""Faults on real hosts: they strike, they heal, and they heal by themselves when the drill dies."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable

import pytest

from holdfast.errors import HostError
from holdfast.faults.expiry import heal_host
from holdfast.faults.process import FreezeUnit, KillUnit
from holdfast.hosts.base import Transport
from holdfast.lab.faults import heal_all, link_cut, power_off
from holdfast.lab.host import existing_host
from holdfast.lab.network import cable
from holdfast.lab.place import Lab

pytestmark = pytest.mark.lab

Doors = dict[str, Transport]
UNIT = "drone.service"
LONG = 600

DRILL = """
import asyncio, sys
from holdfast.faults.process import FreezeUnit
from holdfast.hosts.connect import connect
from holdfast.lab.faults import link_cut, power_off
from holdfast.lab.place import Lab

lab, kind, expiry_s = Lab(sys.argv[1]), sys.argv[2], float(sys.argv[3])

async def drill():
    faults = {
        "power-off": lambda: power_off(lab, "n1", expiry_s),
        "link-cut": lambda: link_cut(lab, "n1", expiry_s),
        "freeze": lambda: FreezeUnit(connect(lab.host("n1")), "drone.service", expiry_s),
    }
    async with faults[kind]().inject():
        print("struck", flush=True)
        await asyncio.sleep(1000)

asyncio.run(drill())
"""


@contextlib.asynccontextmanager
async def drill_that_dies(lab: Lab, kind: str, expiry_s: float) -> AsyncIterator[None]:
    """A drill in a process of its own; SIGKILLed after it has struck and the block was run."""
    command = (sys.executable, "-c", DRILL, lab.name, kind, str(expiry_s))
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"struck\n"
    try:
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 the machine makes it true
        await asyncio.sleep(0.05)


async def answers(door: Transport) -> None:
    """Ask until the host answers; a connection to its former life has to fail first."""
    while True:
        with contextlib.suppress(HostError):
            await door.run("true")
            return


async def main_process(door: Transport) -> str:
    return (await door.run("systemctl", "show", "--value", "-p", "MainPID", UNIT)).out.strip()


async def states(door: Transport) -> set[str]:
    """One letter per process of the unit: S sleeps, T is stopped."""
    read = 'cd "/sys/fs/cgroup$2/system.slice/$1" && xargs ps -o state= -p <cgroup.procs'
    for tree in ("/systemd", ""):
        if (listed := await door.run("sh", "-c", read, "sh", UNIT, tree)).ok:
            return set(listed.out.split())
    return set()


async def until_states(door: Transport, wanted: set[str]) -> None:
    while await states(door) != wanted:  # noqa: ASYNC110 a timer on the host changes it
        await asyncio.sleep(0.1)


@pytest.fixture
async def drone(doors: Doors) -> AsyncIterator[Transport]:
    """A unit on n1 of two processes, which systemd restarts when it dies."""
    door = doors["n1"]
    start = ("systemd-run", "--quiet", f"--unit={UNIT}", "--property=Restart=always")
    done = await door.run(*start, "sh", "-c", "sleep 1000; exit")
    assert done.ok, done
    await until_states(door, {"S"})
    yield door
    await answers(door)
    await door.run("systemctl", "stop", UNIT)
    await door.run("systemctl", "reset-failed", UNIT)


async def test_a_power_cut_and_its_healing(lab: Lab, doors: Doors) -> None:
    n1 = existing_host(lab, "n1")
    async with power_off(lab, "n1", LONG).inject():
        assert not n1.running()
        assert list(lab.faults.iterdir())
    assert n1.running()
    assert not list(lab.faults.iterdir())
    await answers(doors["n1"])


async def test_a_link_cut_and_its_healing(lab: Lab, doors: Doors) -> None:
    async with link_cut(lab, "n2", LONG).inject():
        assert cable(lab, "n2") == "cut"
    assert cable(lab, "n2") == "up"
    await answers(doors["n2"])


async def test_a_frozen_unit_is_stopped_as_a_whole_and_lives_on(drone: Transport) -> None:
    before = await main_process(drone)
    async with FreezeUnit(drone, UNIT, LONG).inject():
        await until_states(drone, {"T"})
    await until_states(drone, {"S"})
    assert await main_process(drone) == before
    assert "holdfast-heal" not in (await drone.run("systemctl", "list-timers", "--all")).out


async def test_a_frozen_unit_that_is_killed_heals_to_nothing(drone: Transport) -> None:
    async with FreezeUnit(drone, UNIT, LONG).inject():
        await drone.run("systemctl", "kill", "--signal=SIGKILL", UNIT)
        await until_states(drone, {"S"})
    await until_states(drone, {"S"})


@pytest.mark.parametrize("whom", ["main", "all"])
async def test_a_killed_unit_is_its_supervisors_to_restart(drone: Transport, whom: str) -> None:
    before = await main_process(drone)
    async with KillUnit(drone, UNIT, "main" if whom == "main" else "all").inject():
        while await main_process(drone) in (before, "0"):  # noqa: ASYNC110 systemd restarts it
            await asyncio.sleep(0.1)


async def test_a_unit_that_does_not_run_cannot_be_broken(doors: Doors) -> None:
    for fault in (KillUnit(doors["n1"], "no.service"), FreezeUnit(doors["n1"], "no.service", 9)):
        with pytest.raises(HostError, match=r"no\.service"):
            async with fault.inject():
                pytest.fail("there is nothing to break")


class TestDeadDrill:
    """SIGKILL in the middle of a fault."""

    async def test_power_comes_back_by_itself(self, lab: Lab, doors: Doors) -> None:
        async with drill_that_dies(lab, "power-off", expiry_s=6):
            pass
        assert not existing_host(lab, "n1").running()
        await until(lambda: existing_host(lab, "n1").running())
        await answers(doors["n1"])
        await until(lambda: not list(lab.faults.iterdir()))

    async def test_the_link_comes_back_by_itself(self, lab: Lab, doors: Doors) -> None:
        async with drill_that_dies(lab, "link-cut", expiry_s=6):
            pass
        assert cable(lab, "n1") == "cut"
        await until(lambda: cable(lab, "n1") == "up")
        await answers(doors["n1"])

    async def test_a_frozen_unit_comes_back_by_itself(self, lab: Lab, drone: Transport) -> None:
        async with drill_that_dies(lab, "freeze", expiry_s=6):
            pass
        await until_states(drone, {"S"})

    async def test_the_next_drill_heals_without_waiting(self, lab: Lab, doors: Doors) -> None:
        async with drill_that_dies(lab, "power-off", LONG):
            pass
        [record] = lab.faults.iterdir()
        assert json.loads(record.read_text())["pid"]
        await heal_all(lab)
        assert existing_host(lab, "n1").running()
        await answers(doors["n1"])
        assert not list(lab.faults.iterdir())

    async def test_the_next_drill_wakes_what_is_frozen(self, lab: Lab, drone: Transport) -> None:
        async with drill_that_dies(lab, "freeze", LONG):
            await until_states(drone, {"T"})
        await heal_host(drone)
        await until_states(drone, {"S"})
        assert "holdfast-heal" not in (await drone.run("systemctl", "list-timers", "--all")).out

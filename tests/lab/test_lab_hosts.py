"""Lab hosts are real ones, and the lab is their power switch and their cable."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from holdfast.errors import HostError
from holdfast.hosts.base import Transport
from holdfast.lab.host import existing_host, some
from holdfast.lab.place import HOME, MOST, VARIABLE, Lab
from holdfast.lab.processes import find

pytestmark = pytest.mark.lab

Doors = dict[str, Transport]
Command = Callable[..., subprocess.CompletedProcess[str]]


async def out(door: Transport, *argv: str) -> str:
    result = await door.run(*argv)
    assert result.ok, result
    return result.out.strip()


async def answers(door: Transport) -> None:
    """Ask until the host answers; a connection to its former life has to fail first."""
    while True:
        with contextlib.suppress(HostError):
            await door.run("true")
            return


async def booted_at(door: Transport) -> str:
    return await out(door, "stat", "-c", "%Y %i", "/run/systemd")


def traces(lab: Lab) -> list[str]:
    """Everything on this machine that belongs to the lab."""
    machines = [host.machine for host in some(lab, MOST)]
    found = [name.name for name in Path("/sys/class/net").iterdir() if lab.id in name.name]
    found += [line for line in Path("/proc/mounts").read_text().splitlines() if lab.id in line]
    found += [name for name in machines if find(name)]
    found += [str(group) for group in Path("/sys/fs/cgroup").glob("*/*") if lab.id in group.name]
    return found + [str(folder) for folder in HOME.glob(f"*{lab.id}*")]


@pytest.fixture
def spare(can_boot: None, holdfast: Command) -> Iterator[Lab]:
    """Another lab, not booted; removed afterwards."""
    lab = Lab(f"{Lab.here().name}#spare")
    holdfast(lab, "lab", "down")
    yield lab
    holdfast(lab, "lab", "down")
    assert traces(lab) == []


class TestHosts:
    async def test_each_is_a_debian_of_its_own(self, doors: Doors) -> None:
        for name, door in doors.items():
            assert await out(door, "hostname") == name
            assert await out(door, "cat", "/proc/1/comm") == "systemd"
            assert 'VERSION_ID="13"' in await door.get("/etc/os-release")
        ids = {await out(door, "cat", "/etc/machine-id") for door in doors.values()}
        assert len(ids) == len(doors)

    async def test_nothing_has_failed_and_nothing_is_deployed(self, doors: Doors) -> None:
        for door in doors.values():
            assert await out(door, "systemctl", "list-units", "--failed", "--no-legend") == ""
            for unit in ("corosync", "haproxy", "keepalived", "postgresql"):
                assert (await door.run("systemctl", "is-active", unit)).out == "inactive\n"

    async def test_real_time_scheduling_is_allowed(self, doors: Doors) -> None:
        assert await out(doors["n1"], "chrt", "-r", "50", "chrt", "-p", "0")

    async def test_sysctls_of_the_network_can_be_set(self, doors: Doors) -> None:
        await out(doors["n1"], "sysctl", "-w", "net.ipv4.ip_nonlocal_bind=1")

    async def test_services_of_one_name_do_not_meet(self, doors: Doors) -> None:
        for door in doors.values():
            await out(door, "systemd-run", "--unit=same", "--quiet", "sleep", "1000")
        await out(doors["n1"], "systemctl", "stop", "same")
        assert await out(doors["n2"], "systemctl", "is-active", "same") == "active"
        for name in ("n2", "n3"):
            await out(doors[name], "systemctl", "stop", "same")

    async def test_they_reach_each_other_and_nobody_else(self, lab: Lab, doors: Doors) -> None:
        for name in ("n2", "n3"):
            await out(doors["n1"], "ping", "-c", "1", "-W", "5", str(lab.address(name)))
        assert "default" not in await out(doors["n1"], "ip", "route")


class TestPower:
    async def test_a_cut_tells_nobody(self, lab: Lab, doors: Doors, holdfast: Command) -> None:
        address = (str(lab.address("n1")), 22)
        with socket.create_connection(address) as connection:
            assert connection.recv(4) == b"SSH-"
            connection.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                connection.recv(100)
            assert holdfast(lab, "lab", "power", "n1", "off").returncode == 0
            await asyncio.sleep(0.5)
            with pytest.raises(BlockingIOError):  # neither an end nor a reset
                connection.recv(1)

    async def test_the_disk_outlives_it_and_memory_does_not(
        self, lab: Lab, doors: Doors, holdfast: Command
    ) -> None:
        await doors["n2"].put("/root/kept", "kept")
        await doors["n2"].put("/run/lost", "lost")
        assert holdfast(lab, "lab", "power", "n2", "cycle").returncode == 0
        assert holdfast(lab, "lab", "up").returncode == 0
        await answers(doors["n2"])
        assert await doors["n2"].get("/root/kept") == "kept"
        with pytest.raises(HostError):
            await doors["n2"].get("/run/lost")

    async def test_off_and_on_may_be_said_twice(
        self, lab: Lab, doors: Doors, holdfast: Command
    ) -> None:
        for state in ("off", "off", "on", "on"):
            assert holdfast(lab, "lab", "power", "n3", state).returncode == 0
        assert holdfast(lab, "lab", "up").returncode == 0
        await answers(doors["n3"])

    async def test_up_boots_only_what_is_off(
        self, lab: Lab, doors: Doors, holdfast: Command
    ) -> None:
        before = {name: await booted_at(door) for name, door in doors.items()}
        assert holdfast(lab, "lab", "power", "n2", "off").returncode == 0
        assert holdfast(lab, "lab", "up").returncode == 0
        await answers(doors["n2"])
        after = {name: await booted_at(door) for name, door in doors.items()}
        assert [name for name in before if before[name] != after[name]] == ["n2"]


class TestLink:
    async def test_a_cut_host_lives_on_alone(
        self, lab: Lab, doors: Doors, holdfast: Command
    ) -> None:
        before = await booted_at(doors["n1"])
        assert holdfast(lab, "lab", "link", "n1", "cut").returncode == 0
        assert not (await doors["n2"].run("ping", "-c1", "-W1", str(lab.address("n1")))).ok
        for _ in range(2):
            assert holdfast(lab, "lab", "link", "n1", "mend").returncode == 0
        await out(doors["n2"], "ping", "-c", "3", "-W", "5", str(lab.address("n1")))
        await answers(doors["n1"])
        assert await booted_at(doors["n1"]) == before

    async def test_there_is_no_cable_to_cut_on_a_host_that_is_off(
        self, lab: Lab, doors: Doors, holdfast: Command
    ) -> None:
        holdfast(lab, "lab", "power", "n1", "off")
        refused = holdfast(lab, "lab", "link", "n1", "cut")
        assert refused.returncode == 3
        assert "n1 is off" in refused.stderr
        assert holdfast(lab, "lab", "link", "n1", "mend").returncode == 0


class TestVerbs:
    async def test_status_tells_programs_how_each_host_stands(
        self, lab: Lab, doors: Doors, holdfast: Command
    ) -> None:
        holdfast(lab, "lab", "power", "n1", "off")
        holdfast(lab, "lab", "link", "n2", "cut")
        said = json.loads(holdfast(lab, "lab", "status", "--json").stdout)
        assert said["lab"] == lab.id
        stands = [(h["name"], h["power"], h["link"], h["ssh"]) for h in said["hosts"]]
        assert stands == [
            ("n1", "off", "none", False),
            ("n2", "on", "cut", False),
            ("n3", "on", "up", True),
        ]

    async def test_shell_runs_a_command(self, lab: Lab, doors: Doors, holdfast: Command) -> None:
        said = holdfast(lab, "lab", "shell", "n3", "hostname")
        assert said.stdout == "n3\n"

    async def test_a_host_that_there_is_not(
        self, lab: Lab, doors: Doors, holdfast: Command
    ) -> None:
        for verb in (("power", "n7", "off"), ("link", "n7", "cut"), ("shell", "n7")):
            refused = holdfast(lab, "lab", *verb)
            assert refused.returncode == 3
            assert "no host n7 in this lab, which has n1 n2 n3" in refused.stderr


class TestLeavingNothing:
    def test_down_removes_every_trace_and_may_be_said_twice(
        self, spare: Lab, holdfast: Command
    ) -> None:
        assert holdfast(spare, "lab", "up", "--hosts", "2").returncode == 0
        assert find(existing_host(spare, "n2").machine)
        for _ in range(2):
            assert holdfast(spare, "lab", "down").returncode == 0
            assert traces(spare) == []

    @pytest.mark.parametrize("after_s", [0.3, 0.6, 0.9, 1.2])
    def test_down_removes_what_a_killed_up_left(
        self, spare: Lab, after_s: float, holdfast: Command
    ) -> None:
        command = (sys.executable, "-m", "holdfast", "lab", "up", "--hosts", "2")
        environment = {**os.environ, VARIABLE: spare.name}
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as killed:
            time.sleep(after_s)
            killed.send_signal(signal.SIGKILL)
        assert holdfast(spare, "lab", "down").returncode == 0
        assert traces(spare) == []

    def test_two_labs_do_not_meet(self, lab: Lab, spare: Lab, holdfast: Command) -> None:
        assert holdfast(lab, "lab", "up").returncode == 0
        assert holdfast(spare, "lab", "up", "--hosts", "2").returncode == 0
        assert holdfast(spare, "lab", "down").returncode == 0
        said = json.loads(holdfast(lab, "lab", "status", "--json").stdout)
        assert {host["power"] for host in said["hosts"]} == {"on"}

    def test_a_taken_network_is_refused(self, lab: Lab, holdfast: Command) -> None:
        names = (f"clash {n}" for n in range(10_000))
        clashing = next(Lab(n) for n in names if Lab(n).network == lab.network)
        refused = holdfast(clashing, "lab", "up")
        assert refused.returncode == 3
        assert f"network {lab.network} is taken" in refused.stderr
        assert VARIABLE in refused.stderr
        holdfast(clashing, "lab", "down")
        assert traces(clashing) == []

"""What faults of processes ask of a host, in order."""

from __future__ import annotations

import pytest

from holdfast.errors import HostError
from holdfast.faults.base import Fault
from holdfast.faults.expiry import heal_host
from holdfast.faults.process import FreezeUnit, KillUnit
from holdfast.hosts.base import Result
from holdfast.hosts.memory import MemoryHost

UNIT = "holdfast-postgresql-accounts.service"
TIMER = "holdfast-heal-freeze-holdfast-postgresql-accounts"
DONE = Result(0, "", "")
ACTIVE = ("systemctl", "is-active", UNIT)
STOP = ("systemctl", "kill", "--kill-whom=all", "--signal=SIGSTOP", UNIT)
CONT = ("systemctl", "kill", "--kill-whom=all", "--signal=SIGCONT", UNIT)
DISARM = ("systemctl", "stop", f"{TIMER}.timer")
ARM = (
    "systemd-run",
    "--quiet",
    "--collect",
    f"--unit={TIMER}",
    "--on-active=30s",
    "--timer-property=AccuracySec=100ms",
    "--service-type=oneshot",
    *CONT,
)


def host() -> MemoryHost:
    answers = dict.fromkeys((ACTIVE, STOP, CONT, DISARM, ARM), DONE)
    return MemoryHost("n1", answers)


async def test_a_freeze_is_armed_and_thawed() -> None:
    victim = host()
    fault: Fault = FreezeUnit(victim, UNIT, 30)
    async with fault.inject():
        assert victim.ran == [DISARM, ARM, ACTIVE, STOP]
    assert victim.ran[4:] == [CONT, DISARM]
    assert (fault.name, fault.host) == ("freeze", "n1")


async def test_a_frozen_unit_that_was_killed_meanwhile_heals_to_nothing() -> None:
    victim = host()
    async with FreezeUnit(victim, UNIT, 30).inject():
        victim.answers = {**victim.answers, CONT: Result(1, "", "no process to kill")}
    assert victim.ran[4:] == [CONT, DISARM]


async def test_nothing_is_frozen_that_does_not_run() -> None:
    victim = host()
    victim.answers = {**victim.answers, ACTIVE: Result(3, "inactive\n", "")}
    with pytest.raises(HostError, match="inactive, not running"):
        async with FreezeUnit(victim, UNIT, 30).inject():
            pytest.fail("it does not run")
    assert STOP not in victim.ran
    assert victim.ran[-1] == DISARM


async def test_nothing_is_frozen_without_a_timer() -> None:
    victim = host()
    victim.answers = {**victim.answers, ARM: Result(1, "", "no timers today")}
    with pytest.raises(HostError, match="no timers today"):
        async with FreezeUnit(victim, UNIT, 30).inject():
            pytest.fail("it is not armed")
    assert STOP not in victim.ran


@pytest.mark.parametrize("whom", ["main", "all"])
async def test_a_kill_kills_once_and_undoes_nothing(whom: str) -> None:
    kill = ("systemctl", "kill", f"--kill-whom={whom}", "--signal=SIGKILL", UNIT)
    victim = MemoryHost("n1", {ACTIVE: DONE, kill: DONE})
    fault: Fault = KillUnit(victim, UNIT, "main" if whom == "main" else "all")
    async with fault.inject():
        assert victim.ran == [ACTIVE, kill]
    assert victim.ran == [ACTIVE, kill]
    assert (fault.name, fault.host) == ("kill", "n1")


async def test_a_kill_that_kills_nothing_is_no_fault() -> None:
    victim = MemoryHost("n1", {ACTIVE: Result(4, "", "Unit not found.")})
    with pytest.raises(HostError, match="Unit not found"):
        async with KillUnit(victim, UNIT).inject():
            pytest.fail("there is nothing to kill")


async def test_what_a_killed_drill_left_on_a_host_is_healed_at_once() -> None:
    listing = ("systemctl", "list-units", "--plain", "--no-legend", "holdfast-heal-*.timer")
    start = ("systemctl", "start", f"{TIMER}.service")
    victim = MemoryHost(
        "n1",
        {
            listing: Result(
                0, f"{TIMER}.timer loaded active waiting /usr/bin/systemctl kill\n", ""
            ),
            start: DONE,
            DISARM: DONE,
        },
    )
    await heal_host(victim)
    assert victim.ran == [listing, start, DISARM]

"""Every fault is armed before it strikes, and heals whatever happens in between."""

from __future__ import annotations

import asyncio
import time

import pytest

from holdfast.faults.base import Expiry, Fault, Link, Power
from holdfast.faults.link import LinkCut
from holdfast.faults.memory import MemorySwitch
from holdfast.faults.power import PowerOff

POWER = ["arm", "off n1", "on n1", "disarm"]


async def test_the_course_of_a_power_cut() -> None:
    switch = MemorySwitch()
    fault: Fault = PowerOff(switch, "n1", switch)
    before = time.time()
    async with fault.inject() as struck:
        assert switch.done == POWER[:2]
        assert before <= struck <= time.time()
    assert switch.done == POWER
    assert (fault.name, fault.host) == ("power-off", "n1")


async def test_the_course_of_a_link_cut() -> None:
    switch = MemorySwitch()
    fault: Fault = LinkCut(switch, "n2", switch)
    async with fault.inject():
        assert switch.done == ["arm", "cut n2"]
    assert switch.done == ["arm", "cut n2", "mend n2", "disarm"]
    assert (fault.name, fault.host) == ("link-cut", "n2")


async def test_it_heals_when_the_drill_fails() -> None:
    switch = MemorySwitch()
    with pytest.raises(RuntimeError):
        async with PowerOff(switch, "n1", switch).inject():
            raise RuntimeError
    assert switch.done == POWER


async def test_it_heals_when_the_drill_is_cancelled() -> None:
    switch = MemorySwitch()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05), PowerOff(switch, "n1", switch).inject():
            await asyncio.sleep(1000)
    assert switch.done == POWER


async def test_it_heals_when_the_strike_fails() -> None:
    switch = MemorySwitch(fails="off")
    with pytest.raises(OSError, match="off"):
        async with PowerOff(switch, "n1", switch).inject():
            pytest.fail("nothing was broken")
    assert switch.done == ["arm", "on n1", "disarm"]


async def test_nothing_is_broken_when_the_expiry_cannot_be_armed() -> None:
    switch = MemorySwitch(fails="arm")
    with pytest.raises(OSError, match="arm"):
        async with PowerOff(switch, "n1", switch).inject():
            pytest.fail("nothing was armed")
    assert switch.done == []


async def test_the_expiry_stays_armed_when_healing_fails() -> None:
    switch = MemorySwitch(fails="on")
    with pytest.raises(OSError, match="on"):
        async with PowerOff(switch, "n1", switch).inject():
            pass
    assert switch.done == ["arm", "off n1"]


class SlowSwitch(MemorySwitch):
    """Takes a while to switch off."""

    async def off(self, host: str) -> None:
        await asyncio.sleep(0.2)
        await super().off(host)


async def test_a_cancelled_strike_is_finished_before_it_is_healed() -> None:
    switch = SlowSwitch()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05), PowerOff(switch, "n1", switch).inject():
            pytest.fail("cancelled before")
    assert switch.done == POWER


def test_one_switch_is_all_three() -> None:
    switch = MemorySwitch()
    seams: tuple[Power, Link, Expiry] = (switch, switch, switch)
    assert all(seams)

"""The probes' right to the CPU."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from holdfast.drill import virtual
from holdfast.drill.urgency import as_urgent, urgent, watch_stalls


def test_it_is_given_back() -> None:
    before = os.sched_getscheduler(0)
    with urgent() as granted:
        assert (os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR) is granted
    assert os.sched_getscheduler(0) == before


def test_only_a_stall_is_told() -> None:
    told: list[float] = []

    async def work(clock: Callable[[], float]) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, virtual.VirtualLoop)
        watching = asyncio.create_task(watch_stalls(told.append))
        await asyncio.sleep(1.0)
        assert told == []
        loop.stall(0.5)
        await asyncio.sleep(1.0)
        watching.cancel()

    virtual.run(work)
    assert len(told) == 1
    assert 0.4 < told[0] <= 0.5


def test_a_thread_is_as_urgent_as_the_process() -> None:
    def policy() -> int:
        with ThreadPoolExecutor(1, initializer=as_urgent) as pool:
            return pool.submit(os.sched_getscheduler, 0).result() & ~os.SCHED_RESET_ON_FORK

    before = os.sched_getscheduler(0)
    assert policy() == before
    with urgent() as granted:
        assert policy() == (os.SCHED_RR if granted else before)

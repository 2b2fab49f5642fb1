"""Asking on schedule, whatever the answers do.

Users do not wait for each other. Questions are due at fixed times; a question that finds all lanes
taken waits in line with its due time kept, so that one slow answer cannot hide the questions that
should have been asked meanwhile (coordinated omission).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterable
from itertools import count

from holdfast.drill.timeline import UNASKED, Outcome, Sample
from holdfast.probes.base import Answer, Probe

Clock = Callable[[], float]
Keep = Callable[[Sample], None]


def realtime() -> Clock:
    """Unix time that never jumps: read once, then carried on by the monotonic clock."""
    base = time.time() - time.monotonic()
    return lambda: base + time.monotonic()


@contextlib.asynccontextmanager
async def asking(
    probes: Iterable[Probe], run: str, clock: Clock, keep: Keep
) -> AsyncIterator[None]:
    """All probes ask while the context lasts; on leaving, the last questions are waited for.

    `run` is the first part of every key. Probes start spread over their periods, lest they all
    ask at the same moment.
    """
    stop = asyncio.Event()
    every = list(probes)
    now = clock()
    loops = [
        asyncio.create_task(
            _Loop(probe, run, clock, keep).ask_from(now + probe.period * place / len(every), stop)
        )
        for place, probe in enumerate(every)
    ]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*loops)


class _Loop:
    def __init__(self, probe: Probe, run: str, clock: Clock, keep: Keep) -> None:
        self._probe = probe
        self._prefix = f"{run}/{probe.name.replace(' ', '-')}"
        self._clock = clock
        self._keep = keep
        self._lanes = asyncio.Semaphore(probe.lanes)

    async def ask_from(self, first: float, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as questions:
            for number in count():
                due = first + number * self._probe.period
                if await _stopped(stop, due - self._clock()):
                    return
                questions.create_task(self._question(number, due))

    async def _question(self, number: int, due: float) -> None:
        key = f"{self._prefix}/{number:06d}" if self._probe.ledger else ""
        async with self._lanes:
            sent = self._clock()
            if sent - due > self._probe.deadline:
                answer = Answer(Outcome.FAIL, UNASKED)
            else:
                answer = await asked(self._probe, key)
            self._keep(
                Sample(
                    probe=self._probe.name,
                    intended=due,
                    sent=sent,
                    done=self._clock(),
                    outcome=answer.outcome,
                    key=key,
                    detail=answer.detail,
                )
            )


async def _stopped(stop: asyncio.Event, seconds: float) -> bool:
    """Sleep, unless told to stop."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, seconds)):
            await stop.wait()
    return stop.is_set()


async def asked(probe: Probe, key: str) -> Answer:
    """A probe that breaks has proved nothing about the system."""
    try:
        return await probe.ask(key)
    except Exception:
        return Answer(Outcome.UNKNOWN, traceback.format_exc(limit=-3))

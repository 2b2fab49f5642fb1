"""Asks on a fixed schedule, whatever becomes of the answers.

Requests are due at fixed times; how long one took is counted from then on, so that a request which
had to wait in line is not flattered (coordinated omission). Each virtual address has a bounded
number of kept connections.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from holdfast.drill.openloop import Clock
from holdfast.drill.timeline import Outcome
from holdfast.load.mix import Part, turns
from holdfast.load.rows import Effort, Row
from holdfast.probes.http import Asker, Request, Response, StaleError, complaint

DEADLINE_S = 2.0
CONNECTIONS = 64
"""Per virtual address."""


class Traveller(Protocol):
    """One user on a journey: one request after the other, each made of earlier answers."""

    def request(self) -> Request: ...

    def heard(self, response: Response | None) -> str:
        """What came of it; None: no answer. Gives what is wrong with it, "" for nothing."""
        ...


@dataclass
class Company:
    """All users on one journey. There are as many as are under way at once; `most` bounds them."""

    make: Callable[[], Traveller]
    most: int = 200
    _made: int = 0
    _idle: list[Traveller] = field(default_factory=list)

    def next(self) -> Traveller | None:
        """Who has waited longest; None when everybody is busy."""
        if self._made < self.most and not self._idle:
            self._made += 1
            return self.make()
        return self._idle.pop(0) if self._idle else None

    def back(self, traveller: Traveller) -> None:
        self._idle.append(traveller)


@dataclass
class Generator:
    """`askers` has one per virtual address. `keep` hears every row; `journeys` has the users of
    each journey that a part names."""

    parts: Sequence[Part]
    askers: Sequence[Asker]
    rate: float
    clock: Clock
    keep: Callable[[Row], None]
    journeys: Mapping[str, Company] = field(default_factory=dict)
    deadline: float = DEADLINE_S
    connections: int = CONNECTIONS

    async def run(self, started: float, seconds: float, stop: asyncio.Event) -> Effort:
        """Ask for `seconds`, or until told to stop; then wait for the last answers. `started` is
        what rows count from."""
        lanes = [asyncio.Semaphore(self.connections) for _ in self.askers]
        cpu, wall = time.process_time(), self.clock()
        first = wall
        try:
            async with asyncio.TaskGroup() as asked:
                for number, (part, vip) in zip(
                    count(), turns(self.parts, len(self.askers)), strict=False
                ):
                    due = first + number / self.rate
                    if due - first >= seconds or await _told(stop, due - self.clock()):
                        break
                    one = _One(self, part, vip, due, started)
                    asked.create_task(one.ask(lanes[vip]))
        finally:
            await asyncio.gather(*(asker.close() for asker in self.askers))
        return Effort(time.process_time() - cpu, self.clock() - wall)


async def _told(stop: asyncio.Event, seconds: float) -> bool:
    """Sleep until it is time; who is late only lets others have a turn."""
    await asyncio.sleep(max(0.0, seconds))
    return stop.is_set()


@dataclass
class _One:
    """One request."""

    generator: Generator
    part: int
    vip: int
    due: float
    started: float

    async def ask(self, lane: asyncio.Semaphore) -> None:
        clock = self.generator.clock
        began = clock()
        async with lane:
            sent = clock()
            if sent - self.due > self.generator.deadline:
                outcome, response, error = Outcome.FAIL, None, "no connection was free in time"
            else:
                outcome, response, error = await self._sent()
        headers = response.headers if response is not None else {}
        self.generator.keep(
            Row(
                part=self.part,
                vip=self.vip,
                intended=self._since(self.due),
                began=self._since(began),
                sent=self._since(sent),
                done=self._since(clock()),
                outcome=outcome,
                gateway=headers.get("x-served-through", ""),
                served_by=headers.get("x-served-by", ""),
                error=error,
            )
        )

    async def _sent(self) -> tuple[Outcome, Response | None, str]:
        part = self.generator.parts[self.part]
        asker = self.generator.askers[self.vip]
        company = self.generator.journeys.get(part.journey)
        if company is None:
            return await self._answer(asker, Request(part.path))
        traveller = company.next()
        if traveller is None:
            return Outcome.FAIL, None, "every user was busy"
        request = traveller.request()
        try:
            outcome, response, error = await self._answer(asker, request)
            wrong = traveller.heard(response)
        finally:
            company.back(traveller)
        if response is None:
            return outcome, None, error
        where = f"{wrong} of {request.method} {part.name}"
        return (Outcome.FAIL, response, where) if wrong else (Outcome.OK, response, "")

    async def _answer(self, asker: Asker, request: Request) -> tuple[Outcome, Response | None, str]:
        try:
            async with asyncio.timeout(self.generator.deadline):
                response = await asker.ask(request)
        except TimeoutError as error:
            return Outcome.UNKNOWN, None, complaint(error)
        except (OSError, StaleError, asyncio.IncompleteReadError) as error:
            certain = Outcome.FAIL if request.method == "GET" else Outcome.UNKNOWN
            return certain, None, complaint(error)
        if response.good:
            return Outcome.OK, response, ""
        return Outcome.FAIL, response, f"status {response.status}"

    def _since(self, moment: float) -> int:
        return round((moment - self.started) * 1e6)

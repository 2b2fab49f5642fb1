"""A load run on a system on plain machines, from a plan to a kept recording."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

from holdfast.drill.folder import RunFolder
from holdfast.drill.machines import looked
from holdfast.drill.openloop import Clock
from holdfast.drill.urgency import urgent
from holdfast.errors import EnvironmentFailure, HostError
from holdfast.hosts.base import Transport
from holdfast.hosts.connect import connect
from holdfast.load import stage
from holdfast.load.counters import SHOW_STAT, Totals, counted, totals
from holdfast.load.generator import Generator
from holdfast.load.mix import Part
from holdfast.load.rows import FILE, Effort, Header, Recording, Row, lines
from holdfast.plan.model import Plan

DRILL = "load"
_COUNTERS_S = 10.0


@dataclass(frozen=True)
class LoadSession:
    """What is asked for: `rate` requests per second for `seconds`, of the routes or of one
    `journey`. `pki` is the folder with
    ca.crt; `runs` is where runs are kept; `talk` hears one line per step."""

    plan: Plan
    rate: float
    seconds: float
    pki: Path
    runs: Path
    clock: Clock
    talk: Callable[[str], None]
    journey: str = ""


async def hold(session: LoadSession) -> RunFolder:
    """Send the load and keep what came of it, also when it is ended early. Raises
    EnvironmentFailure when nothing at all could be asked."""
    doors = {host.name: connect(host) for host in session.plan.hosts}
    folder = RunFolder.make(session.runs, DRILL, session.clock())
    folder.write("plan.json", session.plan.model_dump_json(indent=1))
    session.talk(f"keeping everything in {folder.path}/")
    stop = asyncio.Event()
    running = Running(
        session.plan, session.pki, session.rate, session.seconds, session.clock, session.journey
    )
    try:
        before = await counters(doors)
        session.talk(f"asking {session.rate:g} times a second for {session.seconds:g} s")
        with urgent():
            await running.run(stop)
        after = await counters(doors)
        primaries = await _primaries(session.plan, doors)
        folder.write(FILE, running.text(counted(session.plan, before, after), primaries))
    finally:
        await asyncio.gather(*(door.close() for door in doors.values()))
    if not running.rows:
        raise EnvironmentFailure("nothing could be asked", "is there a route in the spec?")
    return folder


@dataclass
class Running:
    """The load itself; `rows` and `effort` afterwards. `seconds` may be infinite."""

    plan: Plan
    pki: Path
    rate: float
    seconds: float
    clock: Clock
    journey: str = ""
    rows: list[Row] = field(default_factory=list)
    effort: Effort | None = None
    parts: tuple[Part, ...] = field(init=False)
    header: Header = field(init=False)

    def __post_init__(self) -> None:
        seconds = self.seconds if isfinite(self.seconds) else 0.0
        self.parts = stage.parts(self.plan, self.journey)
        self.header = stage.header(self.plan, self.parts, self.rate, seconds, self.clock())

    async def run(self, stop: asyncio.Event) -> None:
        """Ask until the time is over, or until told to stop."""
        generator = Generator(
            parts=self.parts,
            askers=stage.askers(self.plan, self.pki),
            rate=self.rate,
            clock=self.clock,
            keep=self.rows.append,
            journeys=stage.companies(self.plan, self.journey),
        )
        self.effort = await generator.run(self.header.started_at, self.seconds, stop)

    def text(
        self, counted: Mapping[str, Mapping[str, int] | None], primaries: Mapping[str, str]
    ) -> str:
        """The recording, as it is kept."""
        recording = Recording(self.header, tuple(self.rows), self.effort, counted, primaries)
        return "".join(f"{line}\n" for line in lines(recording))


@asynccontextmanager
async def background(running: Running) -> AsyncIterator[None]:
    """The load runs while the context lasts."""
    stop = asyncio.Event()
    task = asyncio.create_task(running.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def _primaries(plan: Plan, doors: Mapping[str, Transport]) -> dict[str, str]:
    """By datastore or shard, the host that serves as its primary; without those of which it is
    not known."""
    look = await looked(plan, doors)
    found = {name: look.primary(name) for name in plan.stores}
    return {name: host for name, host in found.items() if host is not None}


async def counters(doors: Mapping[str, Transport]) -> dict[str, Totals | None]:
    """What every host's haproxy has counted; None of one that does not tell."""
    said = await asyncio.gather(*(_counters(door) for door in doors.values()))
    return dict(zip(doors, said, strict=True))


async def _counters(door: Transport) -> Totals | None:
    try:
        async with asyncio.timeout(_COUNTERS_S):
            answer = await door.run(*SHOW_STAT)
        return totals(answer.out) if answer.ok else None
    except (HostError, TimeoutError, ValueError):
        return None

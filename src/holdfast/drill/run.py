"""A drill from the gate to the last line of its timeline.

Gate, baseline, fault, watch, heal, gate again; then the hosts' logs and the ledger. Nothing is
computed here. Whatever ends the run early, the fault heals on the way out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from holdfast.drill.look import ailments
from holdfast.drill.measure import BASELINE_S
from holdfast.drill.openloop import Clock, asked, asking
from holdfast.drill.record import Recorder
from holdfast.drill.scene import Offset, Scene
from holdfast.drill.timeline import (
    ABORTED,
    DRILL,
    FAULT,
    HEALED,
    HEALING,
    RECOVERED,
    STALLED,
    STRUCK,
    UNRECOVERED,
    Audit,
    Event,
    Header,
    Outcome,
    stall,
)
from holdfast.drill.urgency import watch_stalls
from holdfast.errors import DrillRefused
from holdfast.faults.base import Fault
from holdfast.probes.base import Answer, Probe

_AT_ONCE = 4


@dataclass(frozen=True)
class Bounds:
    """Seconds. `gate`: how long a system may take to be healthy before the drill is refused.
    `hold`: how long all answers must be good to count as served again. `least`, `most`: how long
    the broken system is watched. `recover`: how long healing may take."""

    gate: float = 15.0
    hold: float = 2.0
    least: float = 5.0
    most: float = 60.0
    recover: float = 120.0
    poll: float = 0.5


@dataclass(frozen=True)
class Drill:
    """Everything a run consists of. `run` begins every key; `datastores` names the hosts of each
    one's members. `talk` hears one line per step."""

    header: Header
    run: str
    fault: Fault
    probes: Sequence[Probe]
    scene: Scene
    datastores: Mapping[str, tuple[str, ...]]
    clock: Clock
    talk: Callable[[str], None]
    bounds: Bounds = Bounds()


async def perform(drill: Drill, recorder: Recorder) -> None:
    """Run it; the recorder has everything afterwards.

    Raises DrillRefused when the system is not healthy before the fault.
    """
    offsets = await drill.scene.offsets()
    header = drill.header.model_copy(
        update={
            "offsets": {host: offset.seconds for host, offset in offsets.items()},
            "offset_errors": {host: offset.error for host, offset in offsets.items()},
        }
    )
    recorder.add(header)
    run = _Run(drill, recorder)
    try:
        await run.gate()
        stalls = asyncio.create_task(watch_stalls(run.stalled))
        try:
            async with asking(drill.probes, drill.run, drill.clock, recorder.add):
                await run.broken()
        finally:
            stalls.cancel()
        await run.evidence(offsets)
    except BaseException as error:
        run.note(ABORTED, str(error) or type(error).__name__)
        raise
    finally:
        await asyncio.gather(*(probe.close() for probe in drill.probes))


class _Run:
    def __init__(self, drill: Drill, recorder: Recorder) -> None:
        self._drill = drill
        self._recorder = recorder

    def note(self, kind: str, detail: str = "", at: float | None = None) -> None:
        """Keep an event of the drill itself."""
        drill = self._drill
        moment = drill.clock() if at is None else at
        self._recorder.add(
            Event(at=moment, source=DRILL, kind=kind, host=drill.fault.host, detail=detail)
        )

    def stalled(self, seconds: float) -> None:
        """We did not run for so long: what was measured then is not the system's doing alone."""
        self.note(STALLED, stall(seconds))

    async def gate(self) -> None:
        """Heal left-overs, then wait until the system is healthy. Raises DrillRefused."""
        self._drill.talk("waiting until the system is healthy")
        await self._drill.scene.heal()
        found = await self._until_healthy(self._drill.bounds.gate, self._ask_once)
        if found:
            raise DrillRefused(
                "the system is not healthy: " + "; ".join(found),
                hint="a drill on a sick system proves nothing; see `holdfast status`",
            )

    async def broken(self) -> None:
        """Baseline, fault, watch, heal, and the gate again, while the probes ask."""
        drill, bounds = self._drill, self._drill.bounds
        await self._baseline()
        self.note("intent", f"{drill.header.drill} of {drill.header.victim}")
        drill.talk(f"{drill.header.drill} {drill.fault.host}")
        async with drill.fault.inject() as struck:
            self.note(FAULT, drill.header.drill, at=struck)
            self.note(STRUCK)
            drill.talk("watching")
            await self._all_good(bounds.least, bounds.most, drill.header.excused)
            self.note(HEALING)
        self.note(HEALED)
        drill.talk("healed; waiting until the system is as it was")
        await self._recover()

    async def _baseline(self) -> None:
        """At least BASELINE_S of nothing but good answers."""
        self._drill.talk("asking; every answer must be good")
        if not await self._all_good(BASELINE_S, self._drill.bounds.gate, (), hold=BASELINE_S):
            raise DrillRefused(
                "not every answer was good before the fault: " + ", ".join(self._bad(BASELINE_S)),
                hint="the timeline of this run says which questions failed, and how",
            )

    async def _recover(self) -> None:
        drill, bounds = self._drill, self._drill.bounds
        found = await self._until_healthy(bounds.recover, self._let_them_ask)
        if not await self._all_good(bounds.hold, bounds.recover, ()):
            found += [f"{name} is not served" for name in self._bad(bounds.hold)]
        self.note(UNRECOVERED if found else RECOVERED, "; ".join(found))
        drill.talk("still not healthy: " + "; ".join(found) if found else "healthy again")

    async def _all_good(
        self, least: float, most: float, excused: Sequence[str], hold: float = 0.0
    ) -> bool:
        """Wait until every probe was served for `hold` seconds without a break: at least `least`
        seconds from now, at most `most`."""
        drill = self._drill
        hold = hold or drill.bounds.hold
        start = drill.clock()
        while (waited := drill.clock() - start) < most:
            if waited >= max(least, hold) and not set(self._bad(hold)) - set(excused):
                return True
            await asyncio.sleep(min(0.1, drill.bounds.poll))
        return False

    def _bad(self, hold: float) -> list[str]:
        since = self._drill.clock() - hold
        return [p.name for p in self._drill.probes if not self._recorder.good_since(p.name, since)]

    async def _until_healthy(
        self, bound: float, between: Callable[[], Awaitable[list[str]]]
    ) -> list[str]:
        """Look twice, with something between, until nothing is wrong or the bound has passed:
        then tell what is."""
        drill = self._drill
        deadline = drill.clock() + bound
        while True:
            before = await drill.scene.look()
            found = await between()
            found += ailments(before, await drill.scene.look(), drill.datastores)
            if not found or drill.clock() >= deadline:
                return found
            await asyncio.sleep(drill.bounds.poll)

    async def _ask_once(self) -> list[str]:
        """Every probe asks, a few at a time: the first questions are the dearest. The writers make
        the logs advance."""
        probes = self._drill.probes
        key = f"{self._drill.run}/gate/{self._drill.clock():.6f}"
        room = asyncio.Semaphore(_AT_ONCE)

        async def ask(place: int, probe: Probe) -> Answer:
            async with room:
                return await asked(probe, f"{key}/{place}")

        answers = await asyncio.gather(*(ask(place, probe) for place, probe in enumerate(probes)))
        return [
            f"{probe.name}: {answer.detail or answer.outcome}"
            for probe, answer in zip(probes, answers, strict=True)
            if answer.outcome is not Outcome.OK
        ]

    async def _let_them_ask(self) -> list[str]:
        """The probes are asking anyway: give them the time for a few questions."""
        await asyncio.sleep(self._drill.bounds.poll)
        return []

    async def evidence(self, offsets: Mapping[str, Offset]) -> None:
        """The hosts' logs, and which acknowledged writes each member lacks."""
        drill = self._drill
        drill.talk("collecting the hosts' logs and checking the ledger")
        for event in await drill.scene.events(drill.header.started_at, offsets):
            self._recorder.add(event)
        for ledger in sorted({probe.ledger for probe in drill.probes if probe.ledger}):
            present = await drill.scene.ledger(ledger, drill.run)
            for probe in drill.probes:
                if probe.ledger == ledger:
                    self._audit(probe.name, present)

    def _audit(self, probe: str, present: Mapping[str, frozenset[str] | None]) -> None:
        acknowledged = frozenset(self._recorder.acknowledged(probe))
        for host, keys in present.items():
            missing = sorted(acknowledged - keys) if keys is not None else []
            self._recorder.add(
                Audit(
                    probe=probe,
                    host=host,
                    found=len(acknowledged) - len(missing) if keys is not None else 0,
                    missing=len(missing),
                    complete=keys is not None,
                    missing_keys=tuple(missing),
                )
            )

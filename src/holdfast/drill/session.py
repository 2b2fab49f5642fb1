"""A drill on a system on plain machines, from a plan to a kept run."""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from holdfast.drill import stage, strike
from holdfast.drill.folder import RunFolder, stamp
from holdfast.drill.machines import MachinesScene
from holdfast.drill.openloop import Clock, realtime
from holdfast.drill.record import Recorder
from holdfast.drill.run import Bounds, Drill, perform
from holdfast.drill.timeline import Header
from holdfast.drill.urgency import urgent
from holdfast.drill.victims import Victim, victim
from holdfast.errors import EnvironmentFailure
from holdfast.hosts.base import Transport
from holdfast.hosts.connect import connect
from holdfast.load.rows import FILE
from holdfast.load.session import Running, background
from holdfast.plan.model import Plan

_EXPIRY_MARGIN_S = 60.0
"""So much longer than a drill may watch does a fault live when nobody heals it."""


@dataclass(frozen=True)
class Session:
    """What is asked for. `pki` is the folder with ca.crt and the probe's certificate; `runs` is
    where runs are kept; `talk` hears one line per step, with the seconds since the start.
    `load` is how many requests per second are sent meanwhile, besides the probes' questions."""

    plan: Plan
    drill: str
    victim: str
    pki: Path
    runs: Path
    bounds: Bounds
    talk: Callable[[float, str], None]
    load: float = 0.0
    bmc_stays: bool = False


async def hold(session: Session) -> RunFolder:
    """Run the drill; the folder has its timeline, also when it ended early.

    Raises DrillRefused, InputError for a victim or a fault that makes no sense, and
    EnvironmentFailure when no host answers.
    """
    clock = realtime()
    doors = {host.name: connect(host) for host in session.plan.hosts}
    try:
        return await _held(session, doors, clock)
    finally:
        await asyncio.gather(*(door.close() for door in doors.values()))


async def _held(session: Session, doors: Mapping[str, Transport], clock: Clock) -> RunFolder:
    started = clock()
    scene = MachinesScene(
        session.plan, doors, clock, lambda: strike.heal_leftovers(session.plan, doors)
    )
    found = await _victim(session, scene)
    bounds = session.bounds
    expiry_s = bounds.most + _EXPIRY_MARGIN_S
    fault = strike.fault(session.drill, found, session.plan, doors, expiry_s, session.bmc_stays)
    cast = stage.cast(session.plan, session.pki)
    header = _header(session, found, cast, started).model_copy(
        update={"machine": machine() | await scene.versions()}
    )
    drill = Drill(
        header=header,
        run=stamp(started),
        fault=fault,
        probes=[each.probe for each in cast],
        scene=scene,
        datastores=session.plan.stores,
        clock=clock,
        talk=lambda line: session.talk(clock() - started, line),
        bounds=bounds,
    )
    folder = RunFolder.make(session.runs, session.drill, started)
    folder.write("plan.json", session.plan.model_dump_json(indent=1))
    drill.talk(f"keeping everything in {folder.path}/")
    with urgent(), Recorder(folder.timeline) as recorder:
        async with _load(session, folder, clock):
            await perform(drill, recorder)
    for host, text in scene.journals.items():
        folder.keep_log(host, text)
    return folder


@asynccontextmanager
async def _load(session: Session, folder: RunFolder, clock: Clock) -> AsyncIterator[None]:
    """The load beside the drill, kept whatever becomes of it."""
    if not session.load:
        yield
        return
    running = Running(session.plan, session.pki, session.load, float("inf"), clock)
    try:
        async with background(running):
            yield
    finally:
        folder.write(FILE, running.text({}, {}))


async def _victim(session: Session, scene: MachinesScene) -> Victim:
    """Heal what is left of earlier drills, and look who plays which role."""
    await scene.heal()
    look = await scene.look()
    if not any(look.hosts.values()):
        names = " ".join(look.hosts)
        raise EnvironmentFailure(
            f"no steward answers on any of {names}",
            hint="are they on, and is the system deployed? see `holdfast status`",
        )
    return victim(session.victim, session.plan, look)


def _header(session: Session, found: Victim, cast: Sequence[stage.Cast], started: float) -> Header:
    plan = session.plan
    return Header(
        drill=session.drill,
        victim=found.label,
        victim_host=found.host,
        was=found.was,
        system=plan.system,
        timers=plan.timers.profile,
        started_at=started,
        objectives={each.probe.name: each.objective for each in cast},
        periods={each.probe.name: each.probe.period for each in cast},
        groups={each.probe.name: each.group for each in cast},
        lost_writes=plan.objectives.lost_writes,
        excused=stage.excused(cast, session.drill, found),
        timer_values=stage.timer_values(plan.timers),
    )


def machine() -> dict[str, str]:
    """What the operator's machine is, and how busy it was."""
    return {
        "cpus": str(os.cpu_count()),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load": f"{os.getloadavg()[0]:.1f}",
    }

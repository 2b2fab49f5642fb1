"""From a drill's name and a victim to the fault that is injected, and to the healing of whatever
earlier drills have left behind."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

from holdfast.drill.kinds import FREEZE, HANDOVER, HOST_DRILLS, KILL, POWER_OFF
from holdfast.drill.victims import Victim
from holdfast.errors import HostError, InputError
from holdfast.faults.base import Fault
from holdfast.faults.expiry import heal_host
from holdfast.faults.handover import HandOver
from holdfast.faults.process import FreezeUnit, KillUnit
from holdfast.hosts.base import Transport
from holdfast.lab import faults
from holdfast.lab.place import Lab
from holdfast.plan.model import Plan

_HEAL_S = 10.0


def fault(
    drill: str,
    victim: Victim,
    plan: Plan,
    doors: Mapping[str, Transport],
    expiry_s: float,
    bmc_stays: bool = False,
) -> Fault:
    """`expiry_s`: after how many seconds the fault heals by itself, should we die. `bmc_stays`: a
    power cut leaves the host's BMC alone. Raises InputError for a pair that makes no sense."""
    if drill in HOST_DRILLS or (drill == FREEZE and victim.unit is None):
        return _of_host(drill, victim, plan, expiry_s, bmc_stays)
    if victim.unit is None:
        raise InputError(
            f"{drill} {victim.label}: say what on {victim.host}",
            hint="such as primary:accounts, service:front/1, steward:n1 or gateway:n1",
        )
    door = doors[victim.host]
    if drill == HANDOVER:
        role, _, datastore = victim.label.partition(":")
        if role != "primary":
            raise InputError(
                f"handover of {victim.label}: only a primary hands over",
                hint=f"such as primary:{plan.datastores[0].name}" if plan.datastores else "",
            )
        return HandOver(door, datastore)
    if drill == KILL:
        return KillUnit(door, victim.unit)
    return FreezeUnit(door, victim.unit, expiry_s)


def _of_host(drill: str, victim: Victim, plan: Plan, expiry_s: float, bmc_stays: bool) -> Fault:
    if not plan.host(victim.host).fence.lab:
        raise InputError(
            f"{drill} of {victim.host}: only a lab host can be switched from here, and healed"
            " from outside when it does not answer",
            hint="try `kill`, or `freeze` of a unit such as primary:accounts, or drill on the lab",
        )
    lab = Lab.here()
    if drill == POWER_OFF:
        return faults.power_off(lab, victim.host, expiry_s, bmc_stays)
    make = faults.freeze if drill == FREEZE else faults.link_cut
    return make(lab, victim.host, expiry_s)


async def heal_leftovers(plan: Plan, doors: Mapping[str, Transport]) -> None:
    """Undo now what killed drills would undo later. Hosts that do not answer are passed over:
    the gate will say so."""
    if any(host.fence.lab for host in plan.hosts):
        await faults.heal_all(Lab.here())
    await asyncio.gather(*(_heal(door) for door in doors.values()))


async def _heal(door: Transport) -> None:
    with contextlib.suppress(HostError, TimeoutError):
        async with asyncio.timeout(_HEAL_S):
            await heal_host(door)

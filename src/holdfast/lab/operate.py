"""The lab as a whole: up, down, and how it stands."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from holdfast.errors import HostError, LabError
from holdfast.faults.expiry import call_off_recorded
from holdfast.hosts.base import Transport
from holdfast.hosts.connect import connect
from holdfast.lab import bmc, image, network, nodes
from holdfast.lab.host import LabHost, existing, listed, make_key, some
from holdfast.lab.image import Say
from holdfast.lab.locks import locked
from holdfast.lab.machine import require
from holdfast.lab.nodes import NODES
from holdfast.lab.place import HOME, HOSTS, MOST, VARIABLE, Lab
from holdfast.lab.recipe import MACHINES, Recipe
from holdfast.lab.tool import remove_tree

_ANSWERS_WITHIN_S = 180.0
_GREETS_WITHIN_S = 2.0
_RETRY_S = 0.05
_CONSOLE_TAIL = 5


@dataclass(frozen=True)
class HostStatus:
    """`power`: on or off. `link`: up, cut, or none while the power is off. `ssh`: it answers.
    `bmc`: answers, dead (no power), or gone (the lab's Redfish service does not run)."""

    name: str
    address: str
    power: str
    link: str
    ssh: bool
    bmc: str


async def up(lab: Lab, hosts: int = HOSTS, *, binaries: Path | None = None, say: Say) -> None:
    """Boot the lab's hosts that are off, plug cables in, and return when all answer. A lab that
    has more than `hosts` keeps them. `binaries`: make them nodes of a Kubernetes cluster, with the
    programs in that folder; a lab is of one kind, and keeps it. Raises LabError."""
    require()
    binaries = _kind(lab, binaries)
    ready = await _image(lab, MACHINES if binaries is None else NODES, say)
    async with locked(lab.folder):
        machines = some(lab, max(hosts, len(existing(lab))))
        await _prepare(lab, machines, ready, binaries)
        await bmc.start(lab, [machine.name for machine in machines])
        off = [machine for machine in machines if not machine.running()]
        say(f"lab {lab.id}: booting {listed(off)}" if off else f"lab {lab.id}: all hosts are on")
        await asyncio.gather(*(machine.on() for machine in off))
        for machine in machines:
            bmc.revive(lab, machine.name)
            if network.cable(lab, machine.name) == "cut":
                await network.set_cable(lab, machine.name, plugged=True)
        await _all_answer(lab, machines)
    say(f"lab {lab.id}: {listed(machines)} up on {lab.network}")


async def down(lab: Lab, *, say: Say) -> None:
    """Remove every trace of the lab, whatever state it is in."""
    require()
    async with locked(lab.folder):
        call_off_recorded(lab.faults)
        await bmc.stop(lab)
        await asyncio.gather(*(machine.remove() for machine in some(lab, MOST)))
        await network.remove_bridge(lab)
        await remove_tree(lab.folder)
    _leave_home()
    say(f"lab {lab.id}: gone")


async def status(lab: Lab) -> tuple[HostStatus, ...]:
    """How the lab's hosts stand; empty when there is no lab."""
    return tuple(await asyncio.gather(*(_status(machine) for machine in existing(lab))))


def _kind(lab: Lab, wanted: Path | None) -> Path | None:
    """The binaries that the lab's hosts are to have. Raises LabError where they are of the other
    kind already."""
    have = next(iter(existing(lab)), None)
    if wanted is None:
        return nodes.binaries(have.folder) if have and have.is_node else None
    if have and not have.is_node:
        raise LabError(
            "the hosts of this lab are not made for a Kubernetes cluster",
            hint="holdfast lab down, then up --cluster; or name another lab: export "
            f"{VARIABLE}=<any name>",
        )
    return wanted


async def _prepare(
    lab: Lab, machines: tuple[LabHost, ...], ready: Path, binaries: Path | None
) -> None:
    await network.make_bridge(lab)
    lab.key.parent.mkdir(mode=0o700, exist_ok=True)
    await make_key(lab.key, f"holdfast lab {lab.id}")
    await asyncio.gather(*(machine.prepare(ready, binaries) for machine in machines))
    known = (f"{lab.address(m.name)} {m.public_key}\n" for m in machines)
    lab.known_hosts.write_text("".join(known))
    _image_record(lab).write_text(str(ready))


async def _image(lab: Lab, recipe: Recipe, say: Say) -> Path:
    """The image that this lab's disks are made on, else the one of today's recipe."""
    return _recorded_image(lab) or await image.ready(say, recipe)


def _recorded_image(lab: Lab) -> Path | None:
    record = _image_record(lab)
    if not record.exists():
        return None
    recorded = Path(record.read_text())
    if not recorded.is_dir():
        raise LabError(f"the lab's image is gone: {recorded}", hint="holdfast lab down, then up")
    return recorded


def _image_record(lab: Lab) -> Path:
    return lab.folder / "image"


async def _all_answer(lab: Lab, machines: tuple[LabHost, ...]) -> None:
    doors = [connect(lab.host(machine.name)) for machine in machines]
    try:
        await asyncio.gather(*map(_answers, machines, doors))
        await _reaches(lab, doors[0], machines[1])
    finally:
        await asyncio.gather(*(door.close() for door in doors))


async def _answers(machine: LabHost, door: Transport) -> None:
    """Return when the host has booted and takes commands. Raises LabError when it does not."""
    try:
        async with asyncio.timeout(_ANSWERS_WITHIN_S):
            while True:
                try:
                    await door.run("systemctl", "is-system-running", "--wait")
                    return
                except HostError:
                    await asyncio.sleep(_RETRY_S)
    except TimeoutError:
        raise LabError(
            f"{machine.name} does not answer; its console says: {_tail(machine.console)}",
            hint=f"the whole of it is in {machine.console}",
        ) from None


async def _reaches(lab: Lab, door: Transport, other: LabHost) -> None:
    """Raises LabError when hosts do not reach each other through the bridge."""
    address = str(lab.address(other.name))
    if not (await door.run("ping", "-c", "1", "-w", "10", address)).ok:
        allow = f"iptables -I FORWARD -i {lab.bridge} -o {lab.bridge} -j ACCEPT"
        raise LabError(
            f"{door.host} does not reach {other.name}: this machine filters bridged traffic",
            hint=f"let the lab's through: {allow}",
        )


async def _status(machine: LabHost) -> HostStatus:
    lab = machine.lab
    return HostStatus(
        name=machine.name,
        address=str(lab.address(machine.name)),
        power="on" if machine.running() else "off",
        link=network.cable(lab, machine.name),
        ssh=await _greets(str(lab.address(machine.name))),
        bmc=_bmc(machine),
    )


def _bmc(machine: LabHost) -> str:
    if not bmc.running(machine.lab):
        return "gone"
    return "dead" if bmc.dead(machine.lab, machine.name) else "answers"


async def _greets(address: str) -> bool:
    """Whether an SSH server says hello there at once."""
    try:
        async with asyncio.timeout(_GREETS_WITHIN_S):
            reader, writer = await asyncio.open_connection(address, 22)
            try:
                return (await reader.read(4)) == b"SSH-"
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False


def _tail(console: Path) -> str:
    lines = console.read_text(errors="replace").splitlines() if console.exists() else []
    return " | ".join(lines[-_CONSOLE_TAIL:]) or "nothing"


def _leave_home() -> None:
    """Remove the folder of all labs if this was the last one."""
    try:
        HOME.rmdir()
    except OSError:
        return

"""A system on plain machines, as a drill sees it: through each host's own tools, over SSH."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from holdfast.drill import journal
from holdfast.drill.ledger import question
from holdfast.drill.look import HostLook, Look, MemberLook
from holdfast.drill.openloop import Clock
from holdfast.drill.scene import Offset
from holdfast.drill.timeline import Event
from holdfast.errors import HostError
from holdfast.hosts.base import Transport
from holdfast.plan.model import Plan
from holdfast.platforms.machines.asking import Standing, standings

T = TypeVar("T")

_LOOK_S = 5.0
_LOGS_S = 30.0
_CLOCK_LOOKS = 5
_PACKAGES = (
    "corosync",
    "galera-4",
    "haproxy",
    "keepalived",
    "mariadb-server",
    "postgresql-17",
    "redis-server",
    "systemd",
)


@dataclass(frozen=True)
class MachinesScene:
    """See Scene. `doors` has one Transport per host of the plan. `journals` keeps each host's
    journal as it was read."""

    plan: Plan
    doors: Mapping[str, Transport]
    clock: Clock
    heal_leftovers: Callable[[], Awaitable[None]]
    journals: dict[str, str] = field(default_factory=dict)

    async def heal(self) -> None:
        await self.heal_leftovers()

    async def offsets(self) -> Mapping[str, Offset]:
        found = await self._each(self._offset, _LOOK_S)
        return {host: offset for host, offset in found.items() if offset is not None}

    async def _offset(self, door: Transport) -> Offset:
        """The quickest of a few readings of its clock. Less than the error is no difference."""
        readings = [await self._reading(door) for _ in range(_CLOCK_LOOKS)]
        best = min(readings, key=lambda reading: reading.error)
        return best if abs(best.seconds) > best.error else Offset(0.0, best.error)

    async def _reading(self, door: Transport) -> Offset:
        before = self.clock()
        told = float((await _output(door, "date", "+%s.%N")).strip())
        after = self.clock()
        return Offset(told - (before + after) / 2, (after - before) / 2)

    async def look(self) -> Look:
        return await looked(self.plan, self.doors)

    async def events(self, since: float, offsets: Mapping[str, Offset]) -> Sequence[Event]:
        async def journal_of(door: Transport) -> str:
            begin = since + offsets.get(door.host, Offset(0, 0)).seconds
            return await _output(
                door,
                "journalctl",
                "--no-pager",
                "--output=json",
                f"--output-fields={journal.FIELDS}",
                f"--since=@{begin:.3f}",
            )

        names = journal.Names(
            hosts={host.node_id: host.name for host in self.plan.hosts},
            addresses={f"vip-{vip.vrid}": str(vip.address) for vip in self.plan.vips},
        )
        found: list[Event] = []
        for host, text in (await self._each(journal_of, _LOGS_S)).items():
            if text is not None:
                self.journals[host] = text
                offset = offsets.get(host, Offset(0, 0)).seconds
                # Some programs say things twice, in the same instant.
                found += dict.fromkeys(journal.events(host, text.splitlines(), offset, names))
        return found

    async def ledger(self, name: str, run: str) -> Mapping[str, frozenset[str] | None]:
        asked = question(self.plan, name, run)

        async def keys(door: Transport) -> frozenset[str]:
            return frozenset((await _output(door, *asked)).split())

        return await self._each(keys, _LOGS_S)

    async def versions(self) -> dict[str, str]:
        """Versions of the parts, as the first host that answers tells."""
        command = ("dpkg-query", "--show", "--showformat=${Package} ${Version}\n", *_PACKAGES)

        async def ask(door: Transport) -> str:
            """It fails for the packages that a host does without, and tells of the others."""
            return (await door.run(*command)).out

        found = await self._each(ask, _LOOK_S)
        text = next((text for text in found.values() if text), "")
        told = (line.split(" ", 1) for line in text.splitlines())
        return {name: version for name, version in told if version}

    async def _each(
        self, ask: Callable[[Transport], Awaitable[T]], limit: float
    ) -> dict[str, T | None]:
        """Ask all hosts at once; None for one that fails, answers nonsense or takes too long."""

        async def one(door: Transport) -> T | None:
            try:
                async with asyncio.timeout(limit):
                    return await ask(door)
            except (HostError, TimeoutError, ValueError, KeyError):
                return None

        answers = await asyncio.gather(*(one(door) for door in self.doors.values()))
        return dict(zip(self.doors, answers, strict=True))


async def looked(plan: Plan, doors: Mapping[str, Transport]) -> Look:
    """One look at everything, through every host's own tools."""
    vips = [str(vip.address) for vip in plan.vips]
    said = await standings(tuple(doors.values()), vips)
    return Look({standing.host: _host_look(standing) for standing in said})


async def _output(door: Transport, *argv: str) -> str:
    """What a command prints. Raises HostError when it fails."""
    answer = await door.run(*argv)
    if not answer.ok:
        raise HostError(door.host, argv[0], answer.err.strip())
    return answer.out


def _host_look(standing: Standing) -> HostLook | None:
    """None for a host whose steward gives no sensible answer."""
    status = standing.status
    if status is None:
        return None
    members = {
        name: MemberLook(
            role=said["role"],
            serving=said["serving"],
            lsn=said["lsn"],
            routed=said["routed"],
            incomplete=said["incomplete"],
        )
        for name, said in status["datastores"].items()
    }
    view = status["view"]
    return HostLook(tuple(view["members"]), view["quorate"], members, standing.addresses or ())

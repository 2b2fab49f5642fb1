"""A system on plain machines, as a drill sees it: through each host's own tools, over SSH."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from holdfast.drill import journal
from holdfast.drill.doors import LOGS_S, LOOK_S, Doors, output
from holdfast.drill.ledger import question
from holdfast.drill.look import HostLook, Look, MemberLook
from holdfast.drill.openloop import Clock
from holdfast.drill.scene import Offset
from holdfast.drill.timeline import Event
from holdfast.hosts.base import Transport
from holdfast.plan.model import Plan
from holdfast.platforms.machines.asking import Standing, standings

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
        return await self._all.offsets()

    async def look(self) -> Look:
        return await looked(self.plan, self.doors)

    async def events(self, since: float, offsets: Mapping[str, Offset]) -> Sequence[Event]:
        names = journal.Names(
            hosts={host.node_id: host.name for host in self.plan.hosts},
            addresses={f"vip-{vip.vrid}": str(vip.address) for vip in self.plan.vips},
        )
        found: list[Event] = []
        for host, text in (await self._all.journals(since, offsets)).items():
            self.journals[host] = text
            offset = offsets.get(host, Offset(0, 0)).seconds
            # Some programs say things twice, in the same instant.
            found += dict.fromkeys(journal.events(host, text.splitlines(), offset, names))
        return found

    async def ledger(self, name: str, run: str) -> Mapping[str, frozenset[str] | None]:
        asked = question(self.plan, name, run)

        async def keys(door: Transport) -> frozenset[str]:
            return frozenset((await output(door, *asked)).split())

        return await self._all.each(keys, LOGS_S)

    async def versions(self) -> dict[str, str]:
        """Versions of the parts, as the first host that answers tells."""
        command = ("dpkg-query", "--show", "--showformat=${Package} ${Version}\n", *_PACKAGES)

        async def ask(door: Transport) -> str:
            """It fails for the packages that a host does without, and tells of the others."""
            return (await door.run(*command)).out

        found = await self._all.each(ask, LOOK_S)
        text = next((text for text in found.values() if text), "")
        told = (line.split(" ", 1) for line in text.splitlines())
        return {name: version for name, version in told if version}

    @property
    def _all(self) -> Doors:
        return Doors(self.doors, self.clock)


async def looked(plan: Plan, doors: Mapping[str, Transport]) -> Look:
    """One look at everything, through every host's own tools."""
    vips = [str(vip.address) for vip in plan.vips]
    said = await standings(tuple(doors.values()), vips)
    return Look({standing.host: _host_look(standing) for standing in said})


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

"""A system on plain machines, as a drill sees it: through each host's own tools, over SSH."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from holdfast.drill import journal
from holdfast.drill.look import HostLook, Look, MemberLook
from holdfast.drill.openloop import Clock
from holdfast.drill.scene import Offset
from holdfast.drill.timeline import Event
from holdfast.errors import HostError
from holdfast.hosts.base import Result, Transport
from holdfast.plan.model import Plan, PlannedDatastore
from holdfast.plan.places import LIB

T = TypeVar("T")

_LOOK_S = 5.0
_LOGS_S = 30.0
_CLOCK_LOOKS = 5
_PACKAGES = ("corosync", "haproxy", "keepalived", "postgresql-17", "systemd")

# Flushed on a primary; on a replica what it has replayed, which is what it could serve.
_LSN = (
    "SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()"
    " ELSE pg_current_wal_flush_lsn() END - '0/0')::bigint"
)


@dataclass(frozen=True)
class MachinesScene:
    """See Scene. `doors` has one Transport per host of the plan. `keep` is given each host's
    journal as it was read: (host, text)."""

    plan: Plan
    doors: Mapping[str, Transport]
    clock: Clock
    heal_leftovers: Callable[[], Awaitable[None]]
    keep: Callable[[str, str], None]

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
        return Look(await self._each(self._host, _LOOK_S))

    async def _host(self, door: Transport) -> HostLook:
        mine = [d for d in self.plan.datastores if door.host in (m.host for m in d.members)]
        status, links, *positions = await asyncio.gather(
            _output(door, "env", "-C", LIB, "python3", "-B", "-m", "steward", "status"),
            _output(door, "ip", "-json", "-4", "address", "show"),
            *(_position(door, datastore) for datastore in mine),
        )
        lsns = dict(zip((d.name for d in mine), positions, strict=True))
        return _host_look(json.loads(str(status)), json.loads(str(links)), lsns)

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

        names = {host.node_id: host.name for host in self.plan.hosts}
        found: list[Event] = []
        for host, text in (await self._each(journal_of, _LOGS_S)).items():
            if text is not None:
                self.keep(host, text)
                offset = offsets.get(host, Offset(0, 0)).seconds
                found += journal.events(host, text.splitlines(), offset, names)
        return found

    async def ledger(self, datastore: str, run: str) -> Mapping[str, frozenset[str] | None]:
        planned = self.plan.datastore(datastore)
        query = f"SELECT key FROM holdfast_probe.writes WHERE starts_with(key, '{run}/')"

        async def keys(door: Transport) -> frozenset[str]:
            answer = await _psql(door, planned, datastore, query)
            if not answer.ok:
                raise HostError(door.host, f"read the ledger of {datastore}", answer.err.strip())
            return frozenset(answer.out.split())

        found = await self._each(keys, _LOGS_S)
        return {member.host: found[member.host] for member in planned.members}

    async def versions(self) -> dict[str, str]:
        """Versions of the parts, as the first host that answers tells."""
        command = ("dpkg-query", "--show", "--showformat=${Package} ${Version}\n", *_PACKAGES)

        async def ask(door: Transport) -> str:
            return await _output(door, *command)

        found = await self._each(ask, _LOOK_S)
        text = next((text for text in found.values() if text), "")
        return dict(line.split(" ", 1) for line in text.splitlines())

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


async def _output(door: Transport, *argv: str) -> str:
    """What a command prints. Raises HostError when it fails."""
    answer = await door.run(*argv)
    if not answer.ok:
        raise HostError(door.host, argv[0], answer.err.strip())
    return answer.out


async def _psql(door: Transport, datastore: PlannedDatastore, database: str, query: str) -> Result:
    return await door.run(
        "psql",
        "--no-psqlrc",
        "--tuples-only",
        "--no-align",
        "--host=/run/postgresql",
        f"--port={datastore.port}",
        "--username=postgres",
        f"--dbname={database}",
        f"--command={query}",
    )


async def _position(door: Transport, datastore: PlannedDatastore) -> int | None:
    answer = await _psql(door, datastore, "postgres", _LSN)
    return int(answer.out) if answer.ok and answer.out.strip().isdigit() else None


def _host_look(
    status: Mapping[str, Any], links: Sequence[Mapping[str, Any]], lsns: Mapping[str, Any]
) -> HostLook:
    """Raises KeyError when the status lacks something that was agreed on."""
    view = status["view"]
    members = {
        name: MemberLook(
            role=said["role"],
            serving=said["serving"],
            lsn=lsns.get(name),
            routed=said["routed"],
            incomplete=said["incomplete"],
        )
        for name, said in status["datastores"].items()
    }
    addresses = [entry["local"] for link in links for entry in link.get("addr_info", ())]
    return HostLook(tuple(view["members"]), view["quorate"], members, tuple(addresses))

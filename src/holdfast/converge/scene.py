"""A Kubernetes cluster as a drill sees it; see drill/scene."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2

from holdfast.cluster.model import ClusterPlan
from holdfast.cluster.places import ETCD_PKI, ETCD_PORT
from holdfast.converge import journal
from holdfast.converge.access import Entrance, servers
from holdfast.converge.onlookers import Onlookers
from holdfast.converge.roles import Roles, roles
from holdfast.converge.watching import PATHS
from holdfast.drill.doors import LOOK_S, Doors, output
from holdfast.drill.journal import Said, heard
from holdfast.drill.look import HostLook, Look
from holdfast.drill.scene import Offset
from holdfast.drill.timeline import Event, Sample
from holdfast.errors import EnvironmentFailure
from holdfast.hosts.base import Transport

_ANSWERS_WITHIN_S = 2.0
_ETCDCTL = (
    "etcdctl",
    f"--endpoints=https://127.0.0.1:{ETCD_PORT}",
    f"--cacert={ETCD_PKI}/ca.crt",
    f"--cert={ETCD_PKI}/member.crt",
    f"--key={ETCD_PKI}/member.key",
)


@dataclass
class ClusterScene:
    """`doors`: of every host. `onlookers` are told to end before what they saw is asked for.
    `journals` keeps each host's journal as it was read."""

    plan: ClusterPlan
    doors: Doors
    tls: ssl.SSLContext
    heal_leftovers: Callable[[], Awaitable[None]]
    onlookers: Onlookers | None = None
    members: Mapping[str, str] = field(default_factory=dict)
    journals: dict[str, str] = field(default_factory=dict)

    async def heal(self) -> None:
        await self.heal_leftovers()

    async def offsets(self) -> Mapping[str, Offset]:
        return await self.doors.offsets()

    async def look(self) -> Look:
        """A node's view is who is Ready, as its own API server says; it has quorum when that one
        can read at its etcd."""
        own = servers(self.plan)
        told = await asyncio.gather(*(self._look_at(server) for server in own))
        return Look({server.name: look for server, look in zip(own, told, strict=True)})

    async def _look_at(self, server: Entrance) -> HostLook | None:
        try:
            listed = await self.get(server, PATHS["nodes"])
        except (httpx2.HTTPError, ValueError):
            return None
        return HostLook(tuple(n["metadata"]["name"] for n in listed["items"] if _ready(n)), True)

    async def get(self, server: Entrance, path: str) -> Any:
        """Raises HTTPError for what is no answer, ValueError for one that is no JSON."""
        async with httpx2.AsyncClient(
            base_url=server.url, verify=self.tls, timeout=_ANSWERS_WITHIN_S, trust_env=False
        ) as client:
            answer = await client.get(path)
            answer.raise_for_status()
            return answer.json()

    async def roles(self) -> Roles:
        """Raises EnvironmentFailure when the cluster does not say."""

        async def status(door: Transport) -> str:
            return await output(door, *_ETCDCTL, "endpoint", "status", "--write-out=json")

        nodes = {node.name for node in self.plan.nodes}
        own = Doors(
            {name: door for name, door in self.doors.doors.items() if name in nodes},
            self.doors.clock,
        )
        told = {node: text for node, text in (await own.each(status, LOOK_S)).items() if text}
        try:
            leases = await self.get(servers(self.plan)[0], PATHS["component leases"])
        except (httpx2.HTTPError, ValueError) as error:
            raise EnvironmentFailure(
                f"the cluster does not say who leads: {error}",
                hint="is it up? holdfast lab up --cluster",
            ) from error
        found = roles(told, leases["items"])
        self.members = found.members
        return found

    async def events(self, since: float, offsets: Mapping[str, Offset]) -> Sequence[Event | Sample]:
        """What journals and onlookers tell."""
        found: list[Event | Sample] = []
        if self.onlookers is not None:
            await self.onlookers.end()
            found += self.onlookers.seen(offsets)
        units = (f"--unit={unit}" for unit in journal.UNITS)
        self.journals |= await self.doors.journals(since, offsets, *units)
        for host, text in self.journals.items():
            offset = offsets.get(host, Offset(0, 0)).seconds
            # haproxy says things twice, in the same instant.
            found += dict.fromkeys(heard(host, text.splitlines(), offset, self._hear))
        return found

    def _hear(self, entry: Mapping[str, Any], message: str) -> Said | None:
        return journal.said(str(entry.get("_SYSTEMD_UNIT", "")), message, self.members)

    async def ledger(self, name: str, run: str) -> Mapping[str, frozenset[str] | None]:
        """Nothing is written to it."""
        return {}


def _ready(node: Mapping[str, Any]) -> bool:
    conditions = node.get("status", {}).get("conditions") or ()
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)

"""System and inventory in, plan out: the same plan for the same input, with nothing left to decide.

Hosts are taken in the order of their names, datastores and services in the order of the file, so
that what is appended to a file moves nothing that runs already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from ipaddress import IPv4Address

from holdfast.plan import places
from holdfast.plan.inventory import Inventory
from holdfast.plan.model import (
    Instance,
    Member,
    Plan,
    PlannedDatastore,
    PlannedHost,
    PlannedJwt,
    PlannedMysql,
    PlannedPostgresql,
    PlannedRedis,
    PlannedService,
    Shard,
    Vip,
)
from holdfast.plan.placement import host_names, placed, ring
from holdfast.spec.model import Datastore, Host, Route, Service, System
from holdfast.timers.change import chosen
from holdfast.timers.profiles import PROFILES

SLOTS = 16384
"""Hash slots of a Redis Cluster (cluster specification)."""

DEFAULT_SHARDS = 3

_FIRST_VRID = 51
"""Any number from 1 to 255 does; this is the one that VRRP examples begin with."""

_HOME_PRIORITY = 150
_PRIORITY_STEP = 10
"""VRRP priorities (1..254): far enough apart that a tracked script can weigh between them."""


def build(system: System, inventory: Inventory) -> Plan:
    """Decide everything that the spec left open. Expects input without errors (`plan.rules`)."""
    hosts = host_names(inventory.hosts)
    return Plan(
        system=system.system,
        hosts=_hosts(inventory.hosts),
        quorum=quorum(len(hosts)),
        operators=inventory.operators,
        vips=_vips(inventory.vips, hosts),
        edge_names=system.edge.tls.names,
        routes=_routes(system.gateway.routes),
        jwt=_jwt(system),
        body=system.gateway.body,
        log=system.gateway.log,
        datastores=tuple(
            _datastore(name, spec, number, hosts)
            for number, (name, spec) in enumerate(system.datastores.items())
        ),
        services=tuple(
            _service(name, system.services[name], on)
            for name, on in placed(system.services, hosts).items()
        ),
        journeys=system.journeys,
        objectives=system.objectives,
        timers=chosen(PROFILES, system.timers.profile, system.timers.values),
    )


def quorum(hosts: int) -> int:
    """The smallest number of hosts of which there cannot be two disjoint groups."""
    return hosts // 2 + 1


def _hosts(hosts: Sequence[Host]) -> tuple[PlannedHost, ...]:
    return tuple(
        PlannedHost(
            name=host.name,
            node_id=number,
            address=host.address,
            interface=host.interface,
            fence=host.fence,
            ssh=host.ssh,
        )
        for number, host in enumerate(sorted(hosts, key=lambda host: host.name), start=1)
    )


def _vips(addresses: Sequence[IPv4Address], hosts: Sequence[str]) -> tuple[Vip, ...]:
    """Each address at home on another host, and falling to the next one along the ring, so that
    a lost host's address goes to one neighbour and nobody carries three."""
    return tuple(
        Vip(
            address=address,
            vrid=_FIRST_VRID + number,
            priorities={
                host: _HOME_PRIORITY - _PRIORITY_STEP * distance
                for distance, host in enumerate(ring(hosts, number))
            },
        )
        for number, address in enumerate(addresses)
    )


def _routes(routes: Sequence[Route]) -> tuple[Route, ...]:
    """Longest path first: the first match is the right one."""
    return tuple(sorted(routes, key=lambda route: (-len(route.path), route.path)))


def _jwt(system: System) -> PlannedJwt | None:
    asked = system.gateway.jwt
    if asked is None:
        return None
    return PlannedJwt(
        signer=asked.signer,
        issuer=asked.issuer or system.system,
        audience=asked.audience or system.system,
    )


def _datastore(name: str, spec: Datastore, number: int, hosts: Sequence[str]) -> PlannedDatastore:
    match spec.engine:
        case "postgresql":
            return PlannedPostgresql(
                name=name,
                spec=spec,
                members=_members(hosts, number),
                port=places.POSTGRESQL_PORT + number,
                client_port=places.CLIENT_PORT + number,
                read_port=places.READ_PORT + number,
                gate_port=places.GATE_PORT + number,
                sync=len(hosts) // 2,
            )
        case "mysql":
            group_port = places.GALERA_PORT + places.PORTS_PER_GALERA * number
            return PlannedMysql(
                name=name,
                spec=spec,
                members=_members(hosts, number),
                port=places.MYSQL_PORT + number,
                client_port=places.CLIENT_PORT + number,
                read_port=places.READ_PORT + number,
                group_port=group_port,
                ist_port=group_port + 1,
                sst_port=group_port + 2,
            )
        case "redis":
            return PlannedRedis(name=name, spec=spec, shards=_shards(spec, number, hosts))


def _members(hosts: Sequence[str], number: int) -> tuple[Member, ...]:
    """One on every host; each datastore, and each shard, prefers another host for its primary."""
    ranked = enumerate(ring(hosts, number), start=1)
    members = (Member(host=host, preference=preference) for preference, host in ranked)
    return tuple(sorted(members, key=lambda member: member.host))


def _shards(spec: Datastore, number: int, hosts: Sequence[str]) -> tuple[Shard, ...]:
    count = spec.shards or DEFAULT_SHARDS
    first_port = places.REDIS_PORT + places.PORTS_PER_REDIS * number
    return tuple(
        Shard(
            number=index + 1,
            first=SLOTS * index // count,
            last=SLOTS * (index + 1) // count - 1,
            port=first_port + index,
            bus_port=first_port + index + places.REDIS_BUS,
            members=_members(hosts, number + index),
        )
        for index in range(count)
    )


def _service(name: str, spec: Service, on: Sequence[str]) -> PlannedService:
    """Instances are numbered over the whole system, ports within each host. One that must be
    alone is the same instance wherever it is."""
    before: Counter[str] = Counter()
    instances = []
    for index, host in enumerate(on, start=1):
        number = 1 if spec.singleton else index
        instances.append(Instance(host=host, index=number, port=spec.port + before[host]))
        before[host] += 1
    return PlannedService(name=name, spec=spec, instances=tuple(instances))

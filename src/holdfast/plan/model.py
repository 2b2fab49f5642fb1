"""What follows from the spec: every decision made, nothing secret in it, ready to be saved.

Rendering reads a Plan and decides nothing.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from holdfast.plan.places import shard_name
from holdfast.spec.journey import Journey
from holdfast.spec.model import Datastore, Fence, Objectives, Route, Service, Ssh
from holdfast.timers.model import Timers


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)


class PlannedHost(Frozen):
    """`node_id` is corosync's, from 1, in the order of names."""

    name: str
    node_id: int
    address: IPv4Address
    interface: str
    fence: Fence
    ssh: Ssh


class Vip(Frozen):
    """One virtual address. `priorities`: VRRP priority by host name; the highest is at home."""

    address: IPv4Address
    vrid: int
    priorities: dict[str, int]

    @property
    def home(self) -> str:
        return max(self.priorities, key=lambda host: self.priorities[host])


class Member(Frozen):
    """A datastore's member on one host. `preference` breaks ties in elections: lowest wins."""

    host: str
    preference: int


class Replicated(Frozen):
    """A datastore with a member on every host.

    `client_port` is where the local haproxy leads to the primary (loopback, and the host's address
    for operators); `read_port` is where it spreads reads over all members in sync.
    """

    name: str
    spec: Datastore
    members: tuple[Member, ...]
    client_port: int
    read_port: int


class PlannedPostgresql(Replicated):
    """`port` is the engine's own, on the host's address. `gate_port` is the local haproxy's,
    loopback, through which a replica streams. `sync` is how many other members must have flushed
    a commit before it is acknowledged: floor(members / 2).
    """

    engine: Literal["postgresql"] = "postgresql"
    port: int
    gate_port: int
    sync: int


class PlannedMysql(Replicated):
    """A Galera cluster, of which one member at a time, the primary, is written to. All ports are
    on the host's address: `group_port` for group communication, `ist_port` and `sst_port` for the
    incremental and the full state transfer."""

    engine: Literal["mysql"] = "mysql"
    port: int
    group_port: int
    ist_port: int
    sst_port: int


class Shard(Frozen):
    """Hash slots `first` to `last`, inclusive, with a member on every host. `port` and `bus_port`
    are on the host's address. Its primary is wanted on the member of lowest preference."""

    number: int
    first: int
    last: int
    port: int
    bus_port: int
    members: tuple[Member, ...]


class PlannedRedis(Frozen):
    """A Redis Cluster; its clients find the shards' primaries by themselves."""

    engine: Literal["redis"] = "redis"
    name: str
    spec: Datastore
    shards: tuple[Shard, ...]


PlannedDatastore = PlannedPostgresql | PlannedMysql | PlannedRedis
D = TypeVar("D", PlannedPostgresql, PlannedMysql, PlannedRedis)


class Instance(Frozen):
    """One process of a service. `index` counts over the whole system from 1; of a must-be-one
    service there is one on every host, each with index 1, and one of them runs."""

    host: str
    index: int
    port: int


class PlannedService(Frozen):
    name: str
    spec: Service
    instances: tuple[Instance, ...]

    def on(self, host: str) -> tuple[Instance, ...]:
        return tuple(i for i in self.instances if i.host == host)


class PlannedJwt(Frozen):
    """What a token must say, and which service signs it."""

    signer: str
    issuer: str
    audience: str


class Plan(Frozen):
    """The whole system, decided. `quorum` is the number of hosts that make a majority."""

    system: str
    hosts: tuple[PlannedHost, ...]
    quorum: int
    operators: tuple[str, ...]
    vips: tuple[Vip, ...]
    edge_names: tuple[str, ...]
    routes: tuple[Route, ...]
    jwt: PlannedJwt | None
    body: int
    log: Literal["failures", "all"]
    datastores: tuple[Annotated[PlannedDatastore, Field(discriminator="engine")], ...]
    services: tuple[PlannedService, ...]
    journeys: dict[str, Journey]
    objectives: Objectives
    timers: Timers

    def host(self, name: str) -> PlannedHost:
        return next(h for h in self.hosts if h.name == name)

    def datastore(self, name: str) -> PlannedDatastore:
        return next(d for d in self.datastores if d.name == name)

    def of(self, kind: type[D]) -> tuple[D, ...]:
        """The datastores of one engine."""
        return tuple(each for each in self.datastores if isinstance(each, kind))

    @property
    def replicated(self) -> tuple[PlannedPostgresql | PlannedMysql, ...]:
        """The datastores that haproxy leads to."""
        return tuple(d for d in self.datastores if not isinstance(d, PlannedRedis))

    @property
    def stores(self) -> dict[str, tuple[str, ...]]:
        """Everything that has a primary of its own - a datastore, or a shard of one - by name,
        with the hosts of its members."""
        found: dict[str, tuple[str, ...]] = {}
        for each in self.datastores:
            if isinstance(each, PlannedRedis):
                for shard in each.shards:
                    found[shard_name(each.name, shard.number)] = _hosts(shard.members)
            else:
                found[each.name] = _hosts(each.members)
        return found

    @property
    def fenced(self) -> tuple[PlannedHost, ...]:
        """The hosts that pacemaker can make certain to be off; without any, there is none."""
        singletons = any(service.spec.singleton for service in self.services)
        return tuple(host for host in self.hosts if host.fence.by_pacemaker(singletons))

    def service(self, name: str) -> PlannedService:
        return next(s for s in self.services if s.name == name)


def _hosts(members: tuple[Member, ...]) -> tuple[str, ...]:
    return tuple(member.host for member in members)

"""What follows from the spec: every decision made, nothing secret in it, ready to be saved.

Rendering reads a Plan and decides nothing.
"""

from __future__ import annotations

from ipaddress import IPv4Address

from pydantic import BaseModel, ConfigDict

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


class PlannedDatastore(Frozen):
    """A replicated datastore.

    `port` is the engine's own, on the host's address. `client_port` is the role-checked endpoint
    of the local haproxy (loopback, and the host's address for operators). `gate_port` is the
    local haproxy's, loopback, through which a replica streams. `sync` is how many other members
    must have flushed a commit before it is acknowledged: floor(members / 2).
    """

    name: str
    spec: Datastore
    members: tuple[Member, ...]
    port: int
    client_port: int
    gate_port: int
    sync: int


class Instance(Frozen):
    """One process of a service. `index` counts over the whole system from 1."""

    host: str
    index: int
    port: int


class PlannedService(Frozen):
    name: str
    spec: Service
    instances: tuple[Instance, ...]

    def on(self, host: str) -> tuple[Instance, ...]:
        return tuple(i for i in self.instances if i.host == host)


class Plan(Frozen):
    """The whole system, decided. `quorum` is the number of hosts that make a majority."""

    system: str
    hosts: tuple[PlannedHost, ...]
    quorum: int
    operators: tuple[str, ...]
    vips: tuple[Vip, ...]
    edge_names: tuple[str, ...]
    routes: tuple[Route, ...]
    datastores: tuple[PlannedDatastore, ...]
    services: tuple[PlannedService, ...]
    objectives: Objectives
    timers: Timers

    def host(self, name: str) -> PlannedHost:
        return next(h for h in self.hosts if h.name == name)

    def datastore(self, name: str) -> PlannedDatastore:
        return next(d for d in self.datastores if d.name == name)

    def service(self, name: str) -> PlannedService:
        return next(s for s in self.services if s.name == name)

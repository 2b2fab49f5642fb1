"""What follows from a spec's cluster: every decision made, nothing secret in it."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Literal

from holdfast.plan.model import Frozen, PlannedHost
from holdfast.timers.cluster.model import ClusterTimers


class Node(PlannedHost):
    """A host that is control plane and worker. `pods`: the addresses of its pods."""

    pods: IPv4Network


class Balancer(PlannedHost):
    """One of the outside pair. `priority` is VRRP's."""

    priority: int


class Endpoint(Frozen):
    """Where the API is reached. `per-node`: `address` is each node's own, on its loopback.
    `outside`: `address` is the pair's, with VRRP router `vrid`."""

    design: Literal["per-node", "outside"]
    program: Literal["nginx", "haproxy"]
    address: IPv4Address
    port: int
    vrid: int


class ClusterPlan(Frozen):
    """The whole cluster, decided. `api_service` is the first address of `services`, under which
    pods reach the API."""

    system: str
    version: str
    nodes: tuple[Node, ...]
    balancers: tuple[Balancer, ...]
    endpoint: Endpoint
    names: tuple[str, ...]
    domain: str
    pods: IPv4Network
    services: IPv4Network
    api_service: IPv4Address
    network: Literal["routes"]
    node_agent: bool
    operators: tuple[str, ...]
    timers: ClusterTimers

    @property
    def hosts(self) -> tuple[PlannedHost, ...]:
        return (*self.nodes, *self.balancers)

    def host(self, name: str) -> PlannedHost:
        """Raises KeyError for a host that the plan lacks."""
        return {host.name: host for host in self.hosts}[name]

    @property
    def bmcs(self) -> tuple[Node, ...]:
        """Nodes that the node agents can ask the BMC of."""
        return tuple(node for node in self.nodes if self.node_agent and node.fence.redfish)

    @property
    def url(self) -> str:
        """What the cluster's own components call the API."""
        return f"https://{self.endpoint.address}:{self.endpoint.port}"

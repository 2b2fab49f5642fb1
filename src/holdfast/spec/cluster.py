"""The cluster part of holdfast.yaml: a Kubernetes of its own on the spec's hosts."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Literal

from pydantic import Field

from holdfast.spec.timing import ClusterTiming, short
from holdfast.spec.values import DnsName, Model, Name, Network


class Cluster(Model):
    endpoint: Literal["per-node", "outside"] = "per-node"
    """How the API servers are reached. per-node: a balancer on every node, behind a local address.
    outside: two balancer hosts with a virtual address."""
    balancers: tuple[Name, ...] = ()
    """The two of the hosts that balance and run nothing else; only with `endpoint: outside`."""
    balancer: Literal["nginx", "haproxy"] = "haproxy"
    """What balances on the outside pair. On nodes it is haproxy."""
    address: IPv4Address | None = None
    """The API's virtual address: outside, one of the hosts' network; per node, one that means the
    node itself, 169.254.64.43 unless you say otherwise."""
    names: tuple[DnsName, ...] = ()
    """Further DNS names of the API, for its certificate."""
    pods: Network = "10.64.0.0/16"
    """Network of the pods; each node gets a /24 of it."""
    services: Network = "10.96.0.0/16"
    """Network of the Services' cluster addresses."""
    domain: DnsName = "cluster.local"
    """DNS domain of the cluster."""
    network: Literal["routes"] = "routes"
    """How pods reach pods on other nodes: a static route per node."""
    node_agent: bool = False
    """Act on a lost node the moment a majority of the nodes knows of it."""
    timers: ClusterTiming = Field(
        default=ClusterTiming(), json_schema_extra=short("legacy", "stock", "balanced", "fast")
    )
    """A profile, `legacy`, `stock`, `balanced` or `fast`, or a mapping with one and what differs
    from it."""

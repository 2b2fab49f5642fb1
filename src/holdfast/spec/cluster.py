"""The cluster part of holdfast.yaml: a Kubernetes of its own on the spec's hosts."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Literal

from pydantic import Field

from holdfast.spec.timing import ClusterTiming, short
from holdfast.spec.values import DnsName, Model, Name, Network, Seconds


class EtcdTuning(Model):
    heartbeat: Seconds | None = None
    """How often the leader is heard; about a round trip between two nodes."""
    election: Seconds | None = None
    """How long its silence is borne; ten heartbeats are usual, five the least."""


class LeaseTuning(Model):
    duration: Seconds | None = None
    """After how long without renewal a standby takes over."""
    renew: Seconds | None = None
    """How long a leader tries to renew before it gives up."""
    retry: Seconds | None = None
    """How often leader and standbys try."""


class NodeTuning(Model):
    lease: Seconds | None = None
    """A kubelet renews its node's lease every quarter of it; whole seconds."""
    status: Seconds | None = None
    """How often a kubelet looks whether its node's status has changed."""
    monitor: Seconds | None = None
    """How often the controller-manager looks at the nodes."""
    grace: Seconds | None = None
    """After how long without a heartbeat a node is called lost."""
    tolerate: Seconds | None = None
    """How long pods stay bound to a lost node, unless they say otherwise; whole seconds."""


class ProxyTuning(Model):
    sync: Seconds | None = None
    """How often kube-proxy writes all its rules."""
    min_sync: Seconds | None = None
    """How long it waits at least from one writing to the next."""


class BalancerTuning(Model):
    connect: Seconds | None = None
    """How long a connection to an API server may take to come about."""
    check: Seconds | None = None
    """How often haproxy looks at an API server."""
    advert: Seconds | None = None
    """How often the outside pair's keeper of the address is heard."""


class Tuning(Model):
    etcd: EtcdTuning = EtcdTuning()
    """Raft, between the members."""
    leases: LeaseTuning = LeaseTuning()
    """Who leads, of controller-managers and of schedulers."""
    nodes: NodeTuning = NodeTuning()
    """From a silent node to its pods' replacement."""
    proxy: ProxyTuning = ProxyTuning()
    """From a changed endpoint to the rules on the nodes."""
    balancer: BalancerTuning = BalancerTuning()
    """From a dead API server to another one."""


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
    tune: Tuning = Tuning()
    """Single timers that differ from the profile."""

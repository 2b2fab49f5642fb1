"""System and inventory in, cluster plan out: the same plan for the same input."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network
from itertools import islice

from holdfast.cluster import places
from holdfast.cluster.model import Balancer, ClusterPlan, Endpoint, Node
from holdfast.cluster.tuning import tuned
from holdfast.plan.inventory import Inventory
from holdfast.spec.cluster import Cluster
from holdfast.spec.model import Host

NODE_PREFIX = 24
"""Of each node's pods: 254 addresses, more than twice the 110 pods that a kubelet takes."""

_VRID = 51
_PRIORITIES = (150, 140)


def build(system: str, cluster: Cluster, inventory: Inventory) -> ClusterPlan:
    """Decide everything that the spec left open. Expects input without errors (`rules`)."""
    pods, services = IPv4Network(cluster.pods), IPv4Network(cluster.services)
    outside = set(cluster.balancers)
    hosts = sorted(inventory.hosts, key=lambda host: host.name)
    return ClusterPlan(
        system=system,
        version=places.VERSION,
        nodes=_nodes([host for host in hosts if host.name not in outside], pods),
        balancers=_balancers([host for host in hosts if host.name in outside]),
        endpoint=_endpoint(cluster, inventory),
        names=cluster.names,
        domain=cluster.domain,
        pods=pods,
        services=services,
        api_service=services[1],
        network=cluster.network,
        node_agent=cluster.node_agent,
        operators=inventory.operators,
        timers=tuned(cluster),
    )


def _nodes(hosts: Sequence[Host], pods: IPv4Network) -> tuple[Node, ...]:
    """The first /24 stays free: it is the one that everybody mistakes for the whole."""
    ranges = islice(pods.subnets(new_prefix=NODE_PREFIX), 1, None)
    return tuple(
        Node(**dict(host), node_id=number, pods=own)
        for number, (host, own) in enumerate(zip(hosts, ranges, strict=False), start=1)
    )


def _balancers(hosts: Sequence[Host]) -> tuple[Balancer, ...]:
    return (
        tuple(
            Balancer(**dict(host), node_id=number, priority=priority)
            for number, (host, priority) in enumerate(zip(hosts, _PRIORITIES, strict=True), start=1)
        )
        if hosts
        else ()
    )


def _endpoint(cluster: Cluster, inventory: Inventory) -> Endpoint:
    own = cluster.endpoint == "per-node"
    usual = (IPv4Address(places.OWN_ADDRESS),) if own else inventory.vips
    return Endpoint(
        design=cluster.endpoint,
        program="haproxy" if own else cluster.balancer,
        address=cluster.address or usual[0],
        port=places.ENDPOINT_PORT,
        vrid=_VRID,
    )

"""What is wrong or weak in a spec's cluster: findings with a place and a remedy."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import combinations

from holdfast.cluster.plan import NODE_PREFIX
from holdfast.cluster.tuning import tuned
from holdfast.finding import Finding
from holdfast.plan.inventory import Inventory
from holdfast.plan.rules import addresses, operators
from holdfast.spec.cluster import Cluster
from holdfast.spec.model import System
from holdfast.timers import change
from holdfast.timers.cluster import rules as timing
from holdfast.timers.cluster.profiles import PROFILES

_MEMBERS = (3, 5)
_PAIR = 2
_SERVICES_PREFIXES = range(12, 29)
"""kube-apiserver takes at most 20 bits of Services; below 16 addresses nothing fits."""


def findings(system: System, cluster: Cluster, inventory: Inventory) -> tuple[Finding, ...]:
    """What every rule has to say."""
    return (
        *addresses.unique(inventory),
        *operators.check(system, inventory),
        *_alone(system),
        *_nodes(cluster, inventory),
        *_balancers(cluster, inventory),
        *_address(system, cluster, inventory),
        *_networks(cluster, inventory),
        *_timers(cluster),
    )


def _timers(cluster: Cluster) -> tuple[Finding, ...]:
    """Of single timers that there are not, nothing more can be said."""
    base, path = PROFILES[cluster.timers.profile], ("cluster", "timers", "values")
    wrong = tuple(change.findings(base, cluster.timers.values, path))
    return wrong or timing.findings(tuned(cluster))


def _alone(system: System) -> Iterator[Finding]:
    for key in ("datastores", "services", "gateway", "edge"):
        if key in system.model_fields_set:
            yield Finding.error(
                "cluster-mixed",
                f"'{key}' beside a cluster: these hosts would have to be both",
                "write the cluster into a spec of its own",
                (key,),
            )


def _nodes(cluster: Cluster, inventory: Inventory) -> Iterator[Finding]:
    count = sum(host.name not in cluster.balancers for host in inventory.hosts)
    if count not in _MEMBERS:
        yield Finding.error(
            "cluster-quorum",
            f"{count} nodes: etcd wants an odd number, and three to outlive the loss of one",
            "use three or five hosts besides the balancers",
            ("hosts",),
        )


def _balancers(cluster: Cluster, inventory: Inventory) -> Iterator[Finding]:
    path = ("cluster", "balancers")
    names = {host.name for host in inventory.hosts}
    for number, name in enumerate(cluster.balancers):
        if name not in names:
            yield Finding.error(
                "cluster-balancer-unknown",
                f"there is no host named {name}",
                f"write two of {', '.join(sorted(names))}",
                (*path, number),
            )
    if cluster.endpoint == "per-node" and cluster.balancers:
        yield Finding.error(
            "cluster-balancers-idle",
            "balancer hosts, but every node has its own balancer",
            "remove balancers, or write `endpoint: outside`",
            path,
        )
    if cluster.endpoint == "outside" and len(set(cluster.balancers)) != _PAIR:
        yield Finding.error(
            "cluster-balancers",
            f"{len(set(cluster.balancers))} balancers for an outside endpoint",
            "name two hosts that run nothing else, such as balancers: [n4, n5]",
            path,
        )


def _address(system: System, cluster: Cluster, inventory: Inventory) -> Iterator[Finding]:
    path = ("cluster", "address")
    if cluster.endpoint == "outside" and system.hosts and cluster.address is None:
        yield Finding.error(
            "cluster-address",
            "an outside endpoint needs a virtual address",
            "add address: with a free one of the hosts' network",
            path,
        )
    taken = {host.address: host.name for host in inventory.hosts}
    if cluster.address in taken:
        yield Finding.error(
            "cluster-address-taken",
            f"{cluster.address} is {taken[cluster.address]}'s own address",
            "write one that nobody has",
            path,
        )


def _networks(cluster: Cluster, inventory: Inventory) -> Iterator[Finding]:
    ranges = {"pods": IPv4Network(cluster.pods), "services": IPv4Network(cluster.services)}
    room = 2 ** max(0, NODE_PREFIX - ranges["pods"].prefixlen) - 1
    if room < len(inventory.hosts):
        yield Finding.error(
            "cluster-pods",
            f"{cluster.pods} has room for the pods of {room} nodes",
            f"write a network of /{NODE_PREFIX - 8} for them, such as 10.64.0.0/16",
            ("cluster", "pods"),
        )
    if ranges["services"].prefixlen not in _SERVICES_PREFIXES:
        yield Finding.error(
            "cluster-services",
            f"Kubernetes does not take {cluster.services} for Services",
            "write a network of /12 to /28, such as 10.96.0.0/16",
            ("cluster", "services"),
        )
    for one, other in combinations(ranges, 2):
        if ranges[one].overlaps(ranges[other]):
            yield _overlap(one, cluster.pods, f"the {other}' {ranges[other]}")
    for host in inventory.hosts:
        for key, network in ranges.items():
            if host.address in network:
                yield _overlap(key, str(network), f"host {host.name}'s address {host.address}")


def _overlap(key: str, network: str, other: str) -> Finding:
    return Finding.error(
        "cluster-overlap",
        f"the network of {key}, {network}, overlaps with {other}",
        "give each a network of its own",
        ("cluster", key),
    )

"""From a cluster plan to every file of every host: decides nothing, reads nothing."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.bundle import Bundle, File, HostPlanned
from holdfast.cluster import (
    apiserver,
    balancer,
    controllers,
    etcd,
    kubeconfigs,
    kubelet,
    network,
    node_agent,
    outside,
    places,
)
from holdfast.cluster.credentials import ClusterCredentials
from holdfast.cluster.identities import ADMIN
from holdfast.cluster.model import ClusterPlan, Node
from holdfast.platforms.machines.sources import Folder

_NODE_PACKAGES = (
    "conntrack",
    "containerd",
    "containernetworking-plugins",
    "etcd-client",
    "etcd-server",
    "iproute2",
    "iptables",
    "nftables",
    "procps",
    "runc",
)
_PAIR_PACKAGES = ("conntrackd", "keepalived", "procps")
_NGINX_PACKAGES = ("libnginx-mod-stream", "nginx-light")


def render(plan: ClusterPlan, credentials: ClusterCredentials, agent: Folder) -> Bundle:
    """`agent`: the node agent's code, where it is asked for."""
    return Bundle.of(
        [*_node_files(plan, credentials, agent), *_pair_files(plan)],
        _needs(plan),
    )


def units(plan: ClusterPlan) -> dict[str, tuple[str, ...]]:
    """What runs on each host, in the order in which it is started."""
    return {needs.host: needs.units for needs in _needs(plan)}


def _needs(plan: ClusterPlan) -> Iterator[HostPlanned]:
    for node in plan.nodes:
        yield _node_needs(plan, node)
    yield from _pair_needs(plan)


def _node_files(
    plan: ClusterPlan, credentials: ClusterCredentials, agent: Folder
) -> Iterator[File]:
    for node in plan.nodes:
        yield from network.files(plan, node, credentials)
        yield from etcd.files(plan, node, credentials)
        yield from apiserver.files(plan, node, credentials)
        yield from controllers.files(plan, node, credentials)
        yield from kubelet.files(plan, node, credentials)
        if plan.endpoint.design == "per-node":
            yield from balancer.files(plan, node)
        if plan.node_agent:
            yield from node_agent.files(plan, node, credentials, agent)
        yield _admin(plan, node, credentials)


def _pair_files(plan: ClusterPlan) -> Iterator[File]:
    for host in plan.balancers:
        yield from outside.files(plan, host)


def _admin(plan: ClusterPlan, node: Node, credentials: ClusterCredentials) -> File:
    config = kubeconfigs.embedded(plan.url, credentials, ADMIN)
    return File(node.name, places.kubeconfig(ADMIN), config, 0o600, secret=True)


def _node_needs(plan: ClusterPlan, node: Node) -> HostPlanned:
    """Units in the order in which they are started: each after what it talks to."""
    own = plan.endpoint.design == "per-node"
    balancing = ("haproxy",) if own else ()
    minding = node_agent.PACKAGES if plan.node_agent else ()
    return HostPlanned(
        node.name,
        packages=tuple(sorted((*_NODE_PACKAGES, *balancing, *minding))),
        units=(
            *((places.ADDRESS_UNIT, places.HAPROXY_UNIT) if own else ()),
            places.ROUTES_UNIT,
            places.CONTAINERD_UNIT,
            places.IMAGES_UNIT,
            places.ETCD_UNIT,
            places.APISERVER_UNIT,
            places.CONTROLLER_MANAGER_UNIT,
            places.SCHEDULER_UNIT,
            places.KUBELET_UNIT,
            places.KUBE_PROXY_UNIT,
            *((places.COROSYNC_UNIT, places.NODE_AGENT_UNIT) if plan.node_agent else ()),
        ),
    )


def _pair_needs(plan: ClusterPlan) -> Iterator[HostPlanned]:
    program = _NGINX_PACKAGES if plan.endpoint.program == "nginx" else ("haproxy",)
    for host in plan.balancers:
        yield HostPlanned(
            host.name,
            packages=tuple(sorted((*_PAIR_PACKAGES, *program))),
            units=(outside.unit(plan), places.CONNTRACKD_UNIT, places.KEEPALIVED_UNIT),
        )

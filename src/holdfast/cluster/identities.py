"""Who needs a certificate in a cluster, signed by whom, with which names and groups."""

from __future__ import annotations

from ipaddress import IPv4Address

from holdfast.cluster.model import ClusterPlan, Node
from holdfast.cluster.places import CLUSTER_CA, ETCD_CA, FRONT_PROXY_CA
from holdfast.pki.identities import LOOPBACK, Identity

ADMIN = "admin"
CONTROLLER_MANAGER = "controller-manager"
SCHEDULER = "scheduler"
KUBE_PROXY = "kube-proxy"
KUBELET_CLIENT = "apiserver-kubelet-client"
ETCD_CLIENT = "apiserver-etcd-client"
FRONT_PROXY_CLIENT = "front-proxy-client"
NODE_AGENTS = "holdfast:node-agents"
"""The group that their rights are given to."""


def apiserver(node: str) -> str:
    return f"apiserver-{node}"


def kubelet(node: str) -> str:
    """The kubelet as a client of the API."""
    return f"kubelet-{node}"


def node_agent(node: str) -> str:
    return f"node-agent-{node}"


def kubelet_server(node: str) -> str:
    return f"kubelet-server-{node}"


def etcd_member(node: str) -> str:
    """To its clients and to the other members."""
    return f"etcd-{node}"


def identities(plan: ClusterPlan) -> dict[str, tuple[str, Identity]]:
    """Every identity by a short key, which is also its file name, with its authority."""
    own = {
        CONTROLLER_MANAGER: _client("system:kube-controller-manager"),
        SCHEDULER: _client("system:kube-scheduler"),
        KUBE_PROXY: _client("system:kube-proxy"),
        KUBELET_CLIENT: _client("kube-apiserver-kubelet-client"),
        # May do everything, whatever RBAC says: for setting the cluster up, and for emergencies.
        ADMIN: _client("kubernetes-admin", "system:masters"),
    }
    for node in plan.nodes:
        own[apiserver(node.name)] = _apiserver(plan)
        # NodeRestriction and the node authorizer go by these two names.
        own[kubelet(node.name)] = _client(f"system:node:{node.name}", "system:nodes")
        own[kubelet_server(node.name)] = _server(node)
        if plan.node_agent:
            name = f"holdfast:node-agent:{node.name}"
            own[node_agent(node.name)] = _client(name, NODE_AGENTS)
    return {
        **{key: (CLUSTER_CA, identity) for key, identity in own.items()},
        ETCD_CLIENT: (ETCD_CA, _client("kube-apiserver")),
        **{etcd_member(node.name): (ETCD_CA, _member(node)) for node in plan.nodes},
        FRONT_PROXY_CLIENT: (FRONT_PROXY_CA, _client("front-proxy-client")),
    }


def _client(name: str, group: str = "") -> Identity:
    return Identity(name, server=False, organization=group)


def _server(node: Node) -> Identity:
    return Identity(node.name, (node.name,), (node.address,), client=False)


def _member(node: Node) -> Identity:
    return Identity(node.name, (node.name,), (node.address, LOOPBACK))


def _apiserver(plan: ClusterPlan) -> Identity:
    """The same names for all: a balancer on one node may lead to the API server of another."""
    service = "kubernetes.default.svc"
    names = (
        "kubernetes",
        "kubernetes.default",
        service,
        f"{service}.{plan.domain}",
        *(node.name for node in plan.nodes),
        *plan.names,
    )
    addresses: tuple[IPv4Address, ...] = (
        plan.api_service,
        plan.endpoint.address,
        *(node.address for node in plan.nodes),
        LOOPBACK,
    )
    return Identity("kube-apiserver", names, addresses, client=False)

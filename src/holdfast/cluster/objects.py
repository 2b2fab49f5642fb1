"""Kubernetes objects that a new cluster gets: rights that no default gives, and a test."""

from __future__ import annotations

from typing import Any

from holdfast.cluster.identities import KUBELET_CLIENT, NODE_AGENTS
from holdfast.cluster.places import SOLO_NODE_PORT, TEST_IMAGE, TEST_NODE_PORT, TEST_PORT
from holdfast.formats.documents import documents

TEST = "test-service"
SOLO = "solo"

_HOSTNAME = "kubernetes.io/hostname"


def access() -> str:
    """An API server may use kubelets: for logs, exec and the proxy to pods."""
    return documents(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "apiserver-to-kubelet"},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "system:kubelet-api-admin",
            },
            "subjects": [
                {
                    "apiGroup": "rbac.authorization.k8s.io",
                    "kind": "User",
                    "name": f"kube-{KUBELET_CLIENT}",
                }
            ],
        }
    )


def node_agents() -> str:
    """What they look at and change, and nothing else. RBAC cannot give the taints of a node without
    the rest of it."""
    return documents(
        _role("ClusterRole", {}, _NODES_AND_PODS),
        _binding("ClusterRoleBinding", {}, "ClusterRole"),
        _role("Role", _SYSTEM, _LEASES),
        _binding("RoleBinding", _SYSTEM, "Role"),
    )


_AGENTS = "holdfast:node-agents"
_RBAC = "rbac.authorization.k8s.io"
_SYSTEM = {"namespace": "kube-system"}
_NODES_AND_PODS = (
    {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "patch"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "delete"]},
    {
        "apiGroups": ["discovery.k8s.io"],
        "resources": ["endpointslices"],
        "verbs": ["list", "update"],
    },
)
_LEASES = (
    {
        "apiGroups": ["coordination.k8s.io"],
        "resources": ["leases"],
        "resourceNames": ["kube-controller-manager", "kube-scheduler"],
        "verbs": ["get", "delete"],
    },
)


def _role(kind: str, where: dict[str, str], rules: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    metadata = {"name": _AGENTS, **where}
    return {"apiVersion": f"{_RBAC}/v1", "kind": kind, "metadata": metadata, "rules": [*rules]}


def _binding(kind: str, where: dict[str, str], role: str) -> dict[str, Any]:
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": kind,
        "metadata": {"name": _AGENTS, **where},
        "roleRef": {"apiGroup": _RBAC, "kind": role, "name": _AGENTS},
        "subjects": [{"apiGroup": _RBAC, "kind": "Group", "name": NODE_AGENTS}],
    }


def test(nodes: int) -> str:
    """As many pods as nodes, one on each, that answer with their own name."""
    return _served(TEST, nodes, TEST_NODE_PORT, {"topologySpreadConstraints": [_spread(TEST)]})


def solo(node: str) -> str:
    """One pod alone, on that node for as long as it is there."""
    wanted = {"key": _HOSTNAME, "operator": "In", "values": [node]}
    preferred = {"weight": 100, "preference": {"matchExpressions": [wanted]}}
    affinity = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [preferred]}}
    return _served(SOLO, 1, SOLO_NODE_PORT, {"affinity": affinity})


def _spread(app: str) -> dict[str, Any]:
    return {
        "maxSkew": 1,
        "topologyKey": _HOSTNAME,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"app": app}},
    }


def _served(name: str, replicas: int, node_port: int, placed: dict[str, Any]) -> str:
    """A Deployment and its Service. `placed`: what says on which nodes its pods are."""
    labels = {"app": name}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {**_pod(), **placed}},
        },
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {
            "type": "NodePort",
            "selector": labels,
            "ports": [{"port": TEST_PORT, "targetPort": TEST_PORT, "nodePort": node_port}],
        },
    }
    return documents(deployment, service)


def _pod() -> dict[str, Any]:
    return {
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 1,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65534,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": "hostname",
                "image": TEST_IMAGE,
                "imagePullPolicy": "IfNotPresent",
                "ports": [{"containerPort": TEST_PORT}],
                "readinessProbe": {
                    "httpGet": {"path": "/", "port": TEST_PORT},
                    "periodSeconds": 1,
                },
                "resources": {
                    "requests": {"cpu": "10m", "memory": "8Mi"},
                    "limits": {"memory": "32Mi"},
                },
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
            }
        ],
    }

"""Kubernetes objects that a new cluster gets: rights that no default gives, and a test."""

from __future__ import annotations

from typing import Any

from holdfast.cluster.identities import KUBELET_CLIENT
from holdfast.cluster.places import TEST_IMAGE, TEST_NODE_PORT, TEST_PORT
from holdfast.formats.documents import documents

TEST = "test-service"


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


def test(nodes: int) -> str:
    """As many pods as nodes, one on each, that answer with their own name."""
    labels = {"app": TEST}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": TEST},
        "spec": {
            "replicas": nodes,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": _pod(labels)},
        },
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": TEST},
        "spec": {
            "type": "NodePort",
            "selector": labels,
            "ports": [{"port": TEST_PORT, "targetPort": TEST_PORT, "nodePort": TEST_NODE_PORT}],
        },
    }
    return documents(deployment, service)


def _pod(labels: dict[str, str]) -> dict[str, Any]:
    return {
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 1,
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": labels},
            }
        ],
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

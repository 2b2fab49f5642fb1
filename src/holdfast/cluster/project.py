"""A cluster as a folder: readable trees, an inventory, the objects that a new cluster gets.

inventory.yaml  ansible.cfg
hosts/<host>/...         every file where it lies on the host
manifests/<host>.json    mode, owner and what to restart, per file
objects/*.yaml           for `kubectl apply -f objects/`
admin.kubeconfig         for people outside the cluster
"""

from __future__ import annotations

from holdfast.bundle import Bundle
from holdfast.cluster import kubeconfigs, objects
from holdfast.cluster.credentials import ClusterCredentials
from holdfast.cluster.identities import ADMIN
from holdfast.cluster.model import ClusterPlan
from holdfast.formats.documents import documents
from holdfast.platforms.machines.project import (
    INVENTORY,
    Leaf,
    configuration,
    shipped,
    variables_of,
)


def project(plan: ClusterPlan, bundle: Bundle, credentials: ClusterCredentials) -> tuple[Leaf, ...]:
    return (
        Leaf("ansible.cfg", configuration(len(plan.hosts))),
        Leaf(INVENTORY, _inventory(plan, bundle)),
        Leaf("objects/10-access.yaml", objects.access()),
        Leaf("objects/90-test.yaml", objects.test(len(plan.nodes))),
        Leaf(
            "admin.kubeconfig", kubeconfigs.embedded(_outer(plan), credentials, ADMIN), mode=0o600
        ),
        *shipped(bundle, plan.hosts),
    )


def _outer(plan: ClusterPlan) -> str:
    """Of a per-node endpoint people outside see only the nodes' own addresses: the first one."""
    if plan.endpoint.design == "outside":
        return plan.url
    return f"https://{plan.nodes[0].address}:{plan.endpoint.port}"


def _inventory(plan: ClusterPlan, bundle: Bundle) -> str:
    needs = {host.host: host for host in bundle.hosts}
    variables = {"ansible_python_interpreter": "/usr/bin/python3", "system": plan.system}
    hosts = {host.name: dict(variables_of(host, needs[host.name])) for host in plan.hosts}
    return documents({"all": {"vars": variables, "hosts": hosts}})

"""A cluster as a folder: readable trees, an inventory, the objects that a new cluster gets.

inventory.yaml  ansible.cfg  site.yaml
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
from holdfast.cluster.places import BIN, BINARIES, IMAGES, RECORD
from holdfast.formats.documents import documents
from holdfast.platforms.machines.project import (
    INVENTORY,
    Leaf,
    configuration,
    shipped,
    variables_of,
)
from holdfast.platforms.machines.sources import Folder

KUBECONFIG = "admin.kubeconfig"
OBJECTS = "objects"


def project(
    plan: ClusterPlan, bundle: Bundle, credentials: ClusterCredentials, ansible: Folder
) -> tuple[Leaf, ...]:
    """`ansible`: the playbook, its modules and plugins as they are shipped."""
    return (
        *(Leaf(path, source.content) for path, source in sorted(ansible.items())),
        Leaf("ansible.cfg", configuration(len(plan.hosts))),
        Leaf(INVENTORY, _inventory(plan, bundle)),
        Leaf(f"{OBJECTS}/10-access.yaml", objects.access()),
        *_agents(plan),
        Leaf(f"{OBJECTS}/90-test.yaml", objects.test(len(plan.nodes))),
        Leaf(KUBECONFIG, kubeconfigs.embedded(_outer(plan), credentials, ADMIN), mode=0o600),
        *shipped(bundle, plan.hosts),
    )


def _agents(plan: ClusterPlan) -> tuple[Leaf, ...]:
    return (Leaf(f"{OBJECTS}/20-agents.yaml", objects.node_agents()),) if plan.node_agent else ()


def _outer(plan: ClusterPlan) -> str:
    """Of a per-node endpoint people outside see only the nodes' own addresses: the first one."""
    if plan.endpoint.design == "outside":
        return plan.url
    return f"https://{plan.nodes[0].address}:{plan.endpoint.port}"


def _inventory(plan: ClusterPlan, bundle: Bundle) -> str:
    needs = {host.host: host for host in bundle.hosts}
    variables = {
        "ansible_python_interpreter": "/usr/bin/python3",
        "system": plan.system,
        "programs": _PROGRAMS,
    }
    hosts = {host.name: dict(variables_of(host, needs[host.name])) for host in plan.hosts}
    nodes = {node.name for node in plan.nodes}
    for name, known in hosts.items():
        known["node"] = name in nodes
    return documents({"all": {"vars": variables, "hosts": hosts}})


_PROGRAMS = {
    "binaries": BIN,
    "names": list(BINARIES),
    "record": RECORD,
    "images": IMAGES,
}
"""What a node gets besides packages and files."""

"""The node agent on its node: corosync, the agent's code, configuration, certificate and unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from holdfast.bundle import File
from holdfast.cluster import units
from holdfast.cluster.credentials import ClusterCredentials
from holdfast.cluster.identities import node_agent
from holdfast.cluster.model import ClusterPlan, Node
from holdfast.cluster.places import (
    API_PORT,
    CONTAINERD_UNIT,
    COROSYNC_UNIT,
    NODE_AGENT_UNIT,
    PKI,
)
from holdfast.formats.documents import json_document
from holdfast.plan.places import ETC, LIB
from holdfast.platforms.machines import ring
from holdfast.platforms.machines.confinement import COMMON
from holdfast.platforms.machines.sources import Folder

PACKAGES = ("corosync", "python3")
CONFIG = f"{ETC}/node.json"
BMCS = f"{ETC}/bmc"

_CERT, _KEY = f"{PKI}/node-agent.crt", f"{PKI}/node-agent.key"
_STATE = "holdfast-node"


def files(
    plan: ClusterPlan, node: Node, credentials: ClusterCredentials, code: Folder
) -> Iterator[File]:
    restarts = (NODE_AGENT_UNIT,)
    yield from ring.files(_ring(plan, credentials), node)
    settings = json_document(configuration(plan, node, credentials))
    yield File(node.name, CONFIG, settings, restarts=restarts)
    # Read for every connection: new ones need no restart.
    own = credentials.pairs[node_agent(node.name)]
    yield File(node.name, _CERT, own.cert)
    yield File(node.name, _KEY, own.key, 0o600, secret=True)
    for other in plan.bmcs:
        if other != node:
            known = credentials.bmcs[other.name]
            yield File(node.name, _password(other), known.password, 0o600, secret=True)
            if known.ca:
                yield File(node.name, _authority(other), known.ca)
    for path, source in code.items():
        yield File(node.name, f"{LIB}/{path}", source.content, restarts=restarts)
    yield File(node.name, units.path(NODE_AGENT_UNIT), _unit(plan), restarts=restarts)


def _ring(plan: ClusterPlan, credentials: ClusterCredentials) -> ring.Ring:
    timers = plan.timers
    restart_ms = timers.systemd.restart_ms
    return ring.Ring(plan.system, plan.nodes, timers.corosync, credentials.ring_key, restart_ms)


def configuration(plan: ClusterPlan, node: Node, credentials: ClusterCredentials) -> dict[str, Any]:
    """node.json: everything that the agent knows about the cluster. Its API server is its own
    node's, whoever else may answer: see the agent's api.py."""
    return {
        "host": node.name,
        "nodes": [_known(plan, each, credentials) for each in plan.nodes],
        "api": {
            "address": str(node.address),
            "port": API_PORT,
            "ca": f"{PKI}/ca.crt",
            "cert": _CERT,
            "key": _KEY,
        },
        "kept": f"/run/{_STATE}/kept.json",
        "timers": plan.timers.node_agent.model_dump(),
    }


def _known(plan: ClusterPlan, node: Node, credentials: ClusterCredentials) -> dict[str, Any]:
    known: dict[str, Any] = {
        "name": node.name,
        "node_id": node.node_id,
        "address": str(node.address),
    }
    if node.fence.redfish and node in plan.bmcs:
        known["bmc"] = {
            "url": str(node.fence.redfish.url),
            "user": node.fence.redfish.user,
            "password": _password(node),
            "ca": _authority(node) if credentials.bmcs[node.name].ca else "",
        }
    return known


def _password(node: Node) -> str:
    return f"{BMCS}/{node.name}.password"


def _authority(node: Node) -> str:
    return f"{BMCS}/{node.name}.crt"


def _unit(plan: ClusterPlan) -> str:
    """As root, with none of root's rights: kubelet, its containers and corosync are root's."""
    return units.service(
        plan,
        "Holdfast's node agent: acts with its peers on a lost node",
        [
            "Type=notify",
            "ExecStart=/usr/bin/python3 -B -m agents.node",
            f"WorkingDirectory={LIB}",
            f"WatchdogSec={plan.timers.node_agent.watchdog_s}",
            "WatchdogSignal=SIGKILL",
            # Whether the host has had a quorum must outlive the agent, but not the host.
            f"RuntimeDirectory={_STATE}",
            "RuntimeDirectoryPreserve=yes",
            *COMMON,
            "CapabilityBoundingSet=",
            "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
            "RestrictRealtime=yes",
            *units.FIRST,
        ],
        [f"After={COROSYNC_UNIT} {CONTAINERD_UNIT}", f"Wants={COROSYNC_UNIT}"],
    )

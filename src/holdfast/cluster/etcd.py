"""etcd: a member on every node, TLS to clients and members alike."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.bundle import File
from holdfast.cluster import units
from holdfast.cluster.credentials import ClusterCredentials
from holdfast.cluster.identities import etcd_member
from holdfast.cluster.model import ClusterPlan, Node
from holdfast.cluster.places import (
    ETCD_CA,
    ETCD_METRICS_PORT,
    ETCD_PEER_PORT,
    ETCD_PKI,
    ETCD_PORT,
    ETCD_UNIT,
)
from holdfast.formats.documents import documents

CONFIG = "/etc/etcd/etcd.yaml"
_CREDENTIALS = f"/run/credentials/{ETCD_UNIT}"
"""Where systemd shows the member's own key to it alone."""


def files(plan: ClusterPlan, node: Node, credentials: ClusterCredentials) -> Iterator[File]:
    restarts = (ETCD_UNIT,)
    pair = credentials.pairs[etcd_member(node.name)]
    yield File(node.name, CONFIG, configuration(plan, node), restarts=restarts)
    yield File(node.name, f"{ETCD_PKI}/ca.crt", credentials.authorities[ETCD_CA], restarts=restarts)
    yield File(node.name, f"{ETCD_PKI}/member.crt", pair.cert, restarts=restarts)
    yield File(node.name, f"{ETCD_PKI}/member.key", pair.key, 0o600, secret=True, restarts=restarts)
    yield File(node.name, units.path(ETCD_UNIT), _unit(plan), restarts=restarts)


def configuration(plan: ClusterPlan, node: Node) -> str:
    tls = {
        "cert-file": f"{_CREDENTIALS}/member.crt",
        "key-file": f"{_CREDENTIALS}/member.key",
        "trusted-ca-file": f"{_CREDENTIALS}/ca.crt",
        "client-cert-auth": True,
    }
    own = f"https://{node.address}"
    return documents(
        {
            "name": node.name,
            "data-dir": "/var/lib/etcd/member",
            "listen-client-urls": f"https://127.0.0.1:{ETCD_PORT},{own}:{ETCD_PORT}",
            "advertise-client-urls": f"{own}:{ETCD_PORT}",
            "listen-peer-urls": f"{own}:{ETCD_PEER_PORT}",
            "initial-advertise-peer-urls": f"{own}:{ETCD_PEER_PORT}",
            "initial-cluster": ",".join(
                f"{each.name}=https://{each.address}:{ETCD_PEER_PORT}" for each in plan.nodes
            ),
            "initial-cluster-token": plan.system,
            "initial-cluster-state": "new",
            "listen-metrics-urls": f"http://127.0.0.1:{ETCD_METRICS_PORT}",
            "heartbeat-interval": plan.timers.etcd.heartbeat_ms,
            "election-timeout": plan.timers.etcd.election_ms,
            "client-transport-security": tls,
            "peer-transport-security": tls,
            "tls-min-version": "TLS1.3",
            "log-level": "info",
            "logger": "zap",
        }
    )


def _unit(plan: ClusterPlan) -> str:
    return units.service(
        plan,
        "etcd: the cluster's memory, with a member on every node",
        [
            # Ready once it has found a majority, however long that takes.
            "Type=notify",
            "TimeoutStartSec=infinity",
            f"ExecStart=/usr/bin/etcd --config-file {CONFIG}",
            *(f"LoadCredential={leaf}:{ETCD_PKI}/{leaf}" for leaf in _LEAVES),
            *(each for each in units.UNPRIVILEGED if each != "DynamicUser=yes"),
            "User=etcd",
            "StateDirectory=etcd",
            "StateDirectoryMode=0700",
            "ProtectSystem=strict",
            "PrivateTmp=yes",
            "LimitNOFILE=65536",
            *units.FIRST,
        ],
        ["After=network-online.target", "Wants=network-online.target"],
    )


_LEAVES = ("ca.crt", "member.crt", "member.key")

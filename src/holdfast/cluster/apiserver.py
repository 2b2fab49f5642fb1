"""kube-apiserver: one on every node, each on its own node's etcd and no other.

With all members listed, calls hang for seconds after one of them dies; with its own only, an API
server stalls for the election and then answers everything that waits.
"""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.bundle import File
from holdfast.cluster import units
from holdfast.cluster.credentials import ClusterCredentials
from holdfast.cluster.identities import (
    ETCD_CLIENT,
    FRONT_PROXY_CLIENT,
    KUBELET_CLIENT,
    apiserver,
)
from holdfast.cluster.model import ClusterPlan, Node
from holdfast.cluster.places import (
    API_PORT,
    APISERVER_UNIT,
    CLUSTER_CA,
    ETC,
    ETCD_CA,
    ETCD_PORT,
    ETCD_UNIT,
    FRONT_PROXY_CA,
    LOGS,
    PKI,
)
from holdfast.formats.documents import documents
from holdfast.pki.credentials import Pair

ENCRYPTION = f"{ETC}/encryption.yaml"
AUDIT = f"{ETC}/audit.yaml"

_AUDIT_MEGABYTES, _AUDIT_FILES = 20, 3


def files(plan: ClusterPlan, node: Node, credentials: ClusterCredentials) -> Iterator[File]:
    restarts = (APISERVER_UNIT,)
    for path, content in _public(node, credentials).items():
        yield File(node.name, path, content, restarts=restarts)
    for path, content in _private(node, credentials).items():
        yield File(node.name, path, content, 0o600, secret=True, restarts=restarts)
    yield File(node.name, AUDIT, audit_policy(), restarts=restarts)
    yield File(node.name, units.path(APISERVER_UNIT), _unit(plan, node), restarts=restarts)


def _public(node: Node, credentials: ClusterCredentials) -> dict[str, str]:
    return {
        f"{PKI}/ca.crt": credentials.authorities[CLUSTER_CA],
        f"{PKI}/etcd-ca.crt": credentials.authorities[ETCD_CA],
        f"{PKI}/front-proxy-ca.crt": credentials.authorities[FRONT_PROXY_CA],
        f"{PKI}/tokens.pub": credentials.tokens.cert,
        **{f"{PKI}/{leaf}.crt": pair.cert for leaf, pair in _pairs(node, credentials)},
    }


def _private(node: Node, credentials: ClusterCredentials) -> dict[str, str]:
    return {
        f"{PKI}/tokens.key": credentials.tokens.key,
        ENCRYPTION: encryption(credentials.encryption_key),
        **{f"{PKI}/{leaf}.key": pair.key for leaf, pair in _pairs(node, credentials)},
    }


def _pairs(node: Node, credentials: ClusterCredentials) -> tuple[tuple[str, Pair], ...]:
    pairs = credentials.pairs
    return (
        ("apiserver", pairs[apiserver(node.name)]),
        (KUBELET_CLIENT, pairs[KUBELET_CLIENT]),
        (ETCD_CLIENT, pairs[ETCD_CLIENT]),
        (FRONT_PROXY_CLIENT, pairs[FRONT_PROXY_CLIENT]),
    )


def encryption(key: str) -> str:
    """Secrets are encrypted on their way to etcd; what was written before is still read."""
    return documents(
        {
            "apiVersion": "apiserver.config.k8s.io/v1",
            "kind": "EncryptionConfiguration",
            "resources": [
                {
                    "resources": ["secrets"],
                    "providers": [
                        {"secretbox": {"keys": [{"name": "key1", "secret": key}]}},
                        {"identity": {}},
                    ],
                }
            ],
        }
    )


def audit_policy() -> str:
    """Who changed what, and who read a Secret; never what a Secret holds. Rules: first match."""
    components = [
        "system:kube-scheduler",
        "system:kube-controller-manager",
        "system:kube-proxy",
        "system:apiserver",
    ]
    return documents(
        {
            "apiVersion": "audit.k8s.io/v1",
            "kind": "Policy",
            "omitStages": ["RequestReceived"],
            "rules": [
                {
                    "level": "None",
                    "resources": [
                        {"group": "coordination.k8s.io", "resources": ["leases"]},
                        {"group": "", "resources": ["events", "nodes/status"]},
                    ],
                },
                {"level": "None", "users": components, "verbs": ["get", "list", "watch"]},
                {
                    "level": "Metadata",
                    "resources": [{"group": "", "resources": ["secrets", "serviceaccounts/token"]}],
                },
                {"level": "None", "verbs": ["get", "list", "watch"]},
                {"level": "Metadata"},
            ],
        }
    )


def flags(plan: ClusterPlan, node: Node) -> units.Flags:
    """`%d` is where systemd shows the unit's credentials."""
    tolerations = plan.timers.apiserver
    issuer = f"https://kubernetes.default.svc.{plan.domain}"
    return {
        "advertise-address": str(node.address),
        "bind-address": str(node.address),
        "secure-port": API_PORT,
        "etcd-servers": f"https://127.0.0.1:{ETCD_PORT}",
        "etcd-cafile": "%d/etcd-ca.crt",
        "etcd-certfile": f"%d/{ETCD_CLIENT}.crt",
        "etcd-keyfile": f"%d/{ETCD_CLIENT}.key",
        "tls-cert-file": "%d/apiserver.crt",
        "tls-private-key-file": "%d/apiserver.key",
        "client-ca-file": "%d/ca.crt",
        "anonymous-auth": False,
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "encryption-provider-config": "%d/encryption.yaml",
        "audit-policy-file": "%d/audit.yaml",
        "audit-log-path": f"{LOGS}/audit.log",
        "audit-log-maxsize": _AUDIT_MEGABYTES,
        "audit-log-maxbackup": _AUDIT_FILES,
        "kubelet-certificate-authority": "%d/ca.crt",
        "kubelet-client-certificate": f"%d/{KUBELET_CLIENT}.crt",
        "kubelet-client-key": f"%d/{KUBELET_CLIENT}.key",
        "kubelet-preferred-address-types": "InternalIP",
        "requestheader-client-ca-file": "%d/front-proxy-ca.crt",
        "requestheader-allowed-names": "front-proxy-client",
        "requestheader-username-headers": "X-Remote-User",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "proxy-client-cert-file": f"%d/{FRONT_PROXY_CLIENT}.crt",
        "proxy-client-key-file": f"%d/{FRONT_PROXY_CLIENT}.key",
        "service-account-issuer": issuer,
        "service-account-key-file": "%d/tokens.pub",
        "service-account-signing-key-file": "%d/tokens.key",
        "service-cluster-ip-range": str(plan.services),
        # Each API server keeps its own entry in the Service kubernetes, and a dead one's expires.
        "endpoint-reconciler-type": "lease",
        "default-not-ready-toleration-seconds": tolerations.not_ready_s,
        "default-unreachable-toleration-seconds": tolerations.unreachable_s,
        "profiling": False,
    }


def _unit(plan: ClusterPlan, node: Node) -> str:
    return units.service(
        plan,
        "kube-apiserver: the API, on this node's etcd",
        [
            "Type=notify",
            "TimeoutStartSec=infinity",
            # Restarted together with its etcd it would wait for it in vain, and loses nothing.
            "TimeoutStopSec=10",
            units.command("kube-apiserver", flags(plan, node)),
            *(f"LoadCredential={leaf}:{path}" for leaf, path in sorted(_credentials().items())),
            *units.UNPRIVILEGED,
            f"LogsDirectory={LOGS.rpartition('/')[2]}",
            "LogsDirectoryMode=0700",
            "LimitNOFILE=65536",
            *units.FIRST,
        ],
        [f"After={ETCD_UNIT}", f"Wants={ETCD_UNIT}"],
    )


def _credentials() -> dict[str, str]:
    """What the unit may read, by the name it knows it by."""
    pairs = ("apiserver", KUBELET_CLIENT, ETCD_CLIENT, FRONT_PROXY_CLIENT)
    leaves = (
        *("ca.crt", "etcd-ca.crt", "front-proxy-ca.crt", "tokens.pub", "tokens.key"),
        *(f"{pair}.{kind}" for pair in pairs for kind in ("crt", "key")),
    )
    own = {leaf: f"{PKI}/{leaf}" for leaf in leaves}
    return {**own, "encryption.yaml": ENCRYPTION, "audit.yaml": AUDIT}

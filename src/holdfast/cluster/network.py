"""How pods, Services and nodes find each other: addresses, static routes, kube-proxy, kernel."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.bundle import File
from holdfast.cluster import kubeconfigs, units
from holdfast.cluster.credentials import ClusterCredentials
from holdfast.cluster.identities import KUBE_PROXY
from holdfast.cluster.model import ClusterPlan, Node
from holdfast.cluster.places import (
    ADDRESS_UNIT,
    ETC,
    HAPROXY_UNIT,
    KERNEL_UNIT,
    KUBE_PROXY_UNIT,
    KUBELET_UNIT,
    PKI,
    ROUTES_UNIT,
    kubeconfig,
)
from holdfast.formats.blocks import AnyOf, block, leaf, nftables
from holdfast.formats.documents import documents, json_document
from holdfast.formats.postgresql import Value, settings

CNI = "/etc/cni/net.d/10-cluster.conflist"
MASQUERADE = f"{ETC}/masquerade.nft"
PROXY_CONFIG = f"{ETC}/kube-proxy.yaml"

_KERNEL: tuple[tuple[str, Value], ...] = (
    ("net.ipv4.ip_forward", 1),
    ("net.netfilter.nf_conntrack_max", 131072),
    # What a kubelet wants to find (protectKernelDefaults).
    ("vm.overcommit_memory", 1),
    ("vm.panic_on_oom", 0),
    ("kernel.panic", 10),
    ("kernel.panic_on_oops", 1),
    ("kernel.keys.root_maxkeys", 1_000_000),
    ("kernel.keys.root_maxbytes", 25_000_000),
)


def files(plan: ClusterPlan, node: Node, credentials: ClusterCredentials) -> Iterator[File]:
    yield File(
        node.name,
        "/etc/sysctl.d/60-cluster.conf",
        settings(_KERNEL),
        restarts=(KERNEL_UNIT,),
    )
    yield File(node.name, CNI, cni(node), restarts=())
    yield File(node.name, MASQUERADE, masquerade(plan), restarts=(ROUTES_UNIT,))
    yield File(node.name, units.path(ROUTES_UNIT), _routes(plan, node), restarts=(ROUTES_UNIT,))
    if plan.endpoint.design == "per-node":
        yield File(node.name, units.path(ADDRESS_UNIT), _address(plan), restarts=(ADDRESS_UNIT,))
    yield from _proxy_files(plan, node, credentials)


def cni(node: Node) -> str:
    """A cable per pod, and addresses of this node's own range. Leases lie in /run: after a power
    cut there are no pods, so there must be no leases either."""
    return json_document(
        {
            "cniVersion": "1.0.0",
            "name": "cluster",
            "plugins": [
                {
                    "type": "ptp",
                    "ipMasq": False,
                    "ipam": {
                        "type": "host-local",
                        "dataDir": "/run/cni-ipam",
                        "ranges": [[{"subnet": str(node.pods)}]],
                        "routes": [{"dst": "0.0.0.0/0"}],
                    },
                }
            ],
        }
    )


def masquerade(plan: ClusterPlan) -> str:
    """Pods speak with pods and nodes under their own addresses, with others under the node's."""
    nodes = AnyOf(tuple(str(node.address) for node in plan.nodes))
    pods = str(plan.pods)
    return nftables(
        [
            leaf("table ip cluster-pods"),
            leaf("delete table ip cluster-pods"),
            block(
                "table ip cluster-pods",
                block(
                    "chain leaving",
                    leaf("type nat hook postrouting priority srcnat; policy accept;"),
                    leaf(f"ip saddr != {pods} return"),
                    leaf(f"ip daddr {pods} return"),
                    leaf("ip daddr", nodes, "return"),
                    leaf("masquerade"),
                ),
            ),
        ]
    )


def _routes(plan: ClusterPlan, node: Node) -> str:
    commands = [
        f"ip route replace {other.pods} via {other.address} dev {node.interface}"
        for other in plan.nodes
        if other.name != node.name
    ]
    # Without a default route the kernel would refuse a Service's address before kube-proxy's rules
    # could lead it to a pod; with one, what they do not know would leave for the world.
    commands.append(f"ip route replace {plan.services} dev {node.interface}")
    return units.once(
        "Routes to the pods of the other nodes, and to Services",
        [*commands, f"nft -f {MASQUERADE}"],
        before=KUBELET_UNIT,
    )


def _address(plan: ClusterPlan) -> str:
    return units.once(
        "The API's address on this node",
        [f"ip address replace {plan.endpoint.address}/32 dev lo"],
        before=HAPROXY_UNIT,
    )


def _proxy_files(plan: ClusterPlan, node: Node, credentials: ClusterCredentials) -> Iterator[File]:
    restarts, pair = (KUBE_PROXY_UNIT,), credentials.pairs[KUBE_PROXY]
    stem = f"{PKI}/{KUBE_PROXY}"
    config = kubeconfigs.by_path(plan.url, f"{PKI}/ca.crt", f"{stem}.crt", f"{stem}.key")
    yield File(node.name, f"{stem}.crt", pair.cert, restarts=restarts)
    yield File(node.name, f"{stem}.key", pair.key, 0o600, secret=True, restarts=restarts)
    yield File(node.name, kubeconfig(KUBE_PROXY), config, restarts=restarts)
    yield File(node.name, PROXY_CONFIG, proxy_configuration(plan, node), restarts=restarts)
    yield File(node.name, units.path(KUBE_PROXY_UNIT), _proxy_unit(plan), restarts=restarts)


def proxy_configuration(plan: ClusterPlan, node: Node) -> str:
    timers = plan.timers.kube_proxy
    return documents(
        {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "clientConnection": {"kubeconfig": kubeconfig(KUBE_PROXY)},
            "hostnameOverride": node.name,
            "bindAddress": str(node.address),
            "healthzBindAddress": "127.0.0.1:10256",
            "metricsBindAddress": "127.0.0.1:10249",
            "clusterCIDR": str(plan.pods),
            "mode": "iptables",
            "iptables": {
                "syncPeriod": units.duration(timers.sync_ms),
                "minSyncPeriod": units.duration(timers.min_sync_ms),
            },
            # The table of connections is sized in sysctl.d, where everything of its kind is.
            "conntrack": {
                "maxPerCore": 0,
                "min": 0,
                "tcpEstablishedTimeout": "0s",
                "tcpCloseWaitTimeout": "0s",
            },
        }
    )


def _proxy_unit(plan: ClusterPlan) -> str:
    return units.service(
        plan,
        "kube-proxy: leads Services' addresses to pods",
        [
            units.command("kube-proxy", {"config": PROXY_CONFIG}),
            *units.connections(plan),
            "CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW CAP_DAC_OVERRIDE CAP_SYS_RESOURCE",
            "NoNewPrivileges=yes",
            "ProtectSystem=strict",
            "ReadWritePaths=/run",
            "ProtectHome=yes",
            "ProtectClock=yes",
            "ProtectControlGroups=yes",
            "PrivateTmp=yes",
            "PrivateDevices=yes",
            "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
            "RestrictNamespaces=yes",
            "RestrictRealtime=yes",
            "LockPersonality=yes",
            "SystemCallArchitectures=native",
            "CPUWeight=500",
        ],
        ["After=network-online.target", "Wants=network-online.target"],
    )

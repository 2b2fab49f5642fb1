"""Where things are on every node alike: versions, ports, folders, units and names."""

from __future__ import annotations

VERSION = "1.36.3"
"""The Kubernetes release. Later ones no longer speak to Debian 13's containerd 1.7."""

BINARIES = (
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
    "kubectl",
)
RECORD = "binaries.json"
"""Says beside them what they are and where they came from."""

ENDPOINT_PORT = 8443
"""Where components and people reach the API: a balancer listens."""
API_PORT = 6443
"""The API server's own, on its node's address."""
ETCD_PORT = 2379
ETCD_PEER_PORT = 2380
ETCD_METRICS_PORT = 2381
CONNTRACK_PORT = 3780
TEST_PORT = 4000
TEST_NODE_PORT = 30400
SOLO_NODE_PORT = 30401

PAUSE = "holdfast/pause:1"
"""Of our own making, as the next one: no registry is asked for anything."""
TEST_IMAGE = "holdfast/hostname:1"

OWN_ADDRESS = "169.254.64.43"
"""Of the API on every node: link-local, so that nobody else's network can have it."""

BIN = "/opt/kubernetes/bin"
IMAGES = "/opt/kubernetes/images"
ETC = "/etc/kubernetes"
PKI = f"{ETC}/pki"
ETCD_PKI = "/etc/etcd/pki"
LOGS = "/var/log/kubernetes"

KERNEL_UNIT = "systemd-sysctl.service"
ADDRESS_UNIT = "cluster-address.service"
ROUTES_UNIT = "cluster-routes.service"
CONTAINERD_UNIT = "containerd.service"
IMAGES_UNIT = "cluster-images.service"
ETCD_UNIT = "etcd.service"
APISERVER_UNIT = "kube-apiserver.service"
CONTROLLER_MANAGER_UNIT = "kube-controller-manager.service"
SCHEDULER_UNIT = "kube-scheduler.service"
KUBELET_UNIT = "kubelet.service"
KUBE_PROXY_UNIT = "kube-proxy.service"
HAPROXY_UNIT = "haproxy.service"
NGINX_UNIT = "nginx.service"
KEEPALIVED_UNIT = "keepalived.service"
CONNTRACKD_UNIT = "conntrackd.service"
COROSYNC_UNIT = "corosync.service"
NODE_AGENT_UNIT = "holdfast-node.service"

CLUSTER_CA, ETCD_CA, FRONT_PROXY_CA = "cluster", "etcd", "front-proxy"
"""Authorities. Each is believed for one purpose only: users and servers of the API, etcd's
members and clients, and the API server speaking for a user."""


def kubeconfig(component: str) -> str:
    return f"{ETC}/{component}.kubeconfig"


def archive_of(image: str) -> str:
    """The name of an image of ours as a file, in the cache and in IMAGES."""
    return f"{image.rpartition('/')[2].replace(':', '-')}.tar"

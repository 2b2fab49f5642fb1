"""The words of a cluster's timeline: who says it (`source`), what it is (`kind`), and of what
(`about`). Everything that explains or predicts reads these.

source              kinds                             host                about          detail
etcd                elected, lost                     who says it         -              who leads
haproxy             down, up                          its host            apiservers/n1  why
lease               taken, renewed                    holder              the component  -
controller-manager  leads, running                    its host            -              -
scheduler           leads                             its host            -              -
node                lost, ready, tainted, untainted   -                   the node       why
pod                 created, scheduled, running,      its node, once it   its app        its name
                    ready, unready, deleting, gone    has one
endpoints           added, withdrawn                  the pod's node      the Service    address
kube-proxy          added, withdrawn                  where rules are     the Service    address
watch               opened, told, closed              entered through     which one      why

A probe's name is its group and where it enters: `kubectl via n2`, `solo clusterip on n3`.
"""

from __future__ import annotations

from holdfast.cluster import objects

ETCD, HAPROXY, LEASE = "etcd", "haproxy", "lease"
NODE, POD, ENDPOINTS, KUBE_PROXY, WATCH = "node", "pod", "endpoints", "kube-proxy", "watch"
CONTROLLER_MANAGER, SCHEDULER = "controller-manager", "scheduler"

ELECTED, LOST = "elected", "lost"
DOWN, UP = "down", "up"
TAKEN, RENEWED = "taken", "renewed"
LEADS, RUNNING = "leads", "running"
READY, UNREADY = "ready", "unready"
TAINTED, UNTAINTED = "tainted", "untainted"
CREATED, SCHEDULED, DELETING, GONE = "created", "scheduled", "deleting", "gone"
ADDED, WITHDRAWN = "added", "withdrawn"
OPENED, CLOSED, TOLD = "opened", "closed", "told"

LEASES = {f"kube-{part}": part for part in (CONTROLLER_MANAGER, SCHEDULER)}
"""The names of the leases, and the components that they are of."""

SOLO, WEB = objects.SOLO, objects.TEST
"""SOLO is a Deployment of one pod, which sits on the victim; WEB, one with a pod on every node."""

KUBECTL, API = "kubectl", "api"
CLUSTER_IP, NODE_PORT, API_PROXY = "clusterip", "nodeport", "proxy"
"""Three ways to a Service: its address on a node, a node's port from outside, and the API
server's own proxy."""
WAYS = (CLUSTER_IP, NODE_PORT, API_PROXY)

ETCD_LEADER = "etcd leader"
"""What the victim was (Header.was), besides the components whose leases it held."""

NO_EXECUTE = "NoExecute"


def way(service: str, by: str) -> str:
    """The group of the probes that reach a Service by one of WAYS."""
    return f"{service} {by}"

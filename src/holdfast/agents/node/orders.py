"""What is done about a node, grade by grade: every piece can be done twice, and each looks at what
is there before it changes it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .api import Api, ConflictError, Document, path_of
from .protocol import Grade

LOST_TAINT = {"key": "holdfast.internal/lost", "effect": "NoExecute"}
"""Not Kubernetes' own `unreachable`: its controller takes that away again from a node that it still
believes in."""
GONE_TAINT = {
    "key": "node.kubernetes.io/out-of-service",
    "value": "nodeshutdown",
    "effect": "NoExecute",
}
"""Volumes are detached, and pods that are ending are removed, without the node's word."""

LEASES = ("kube-controller-manager", "kube-scheduler")
_MAY_RUN_TWICE = ("ReplicaSet", "DaemonSet", "ReplicationController")
_OURS = (LOST_TAINT["key"], GONE_TAINT["key"])
_CONFLICTS = 5
Proceed = Callable[[], None]
"""Raises when the order has been called back."""


def carry_out(api: Api, node: str, grade: Grade, proceed: Proceed) -> dict[str, int]:
    """How much of what was changed, for the log. Raises ApiError, and whatever `proceed` does."""
    if grade is Grade.CLEAN:
        return {"taints": _taint(api, node, (), proceed)}
    told = {"leases": _release(api, node, proceed)}
    taints = (LOST_TAINT,) if grade is Grade.LOST else (LOST_TAINT, GONE_TAINT)
    told["taints"] = _taint(api, node, taints, proceed)
    told["endpoints"] = _withdraw(api, node, proceed)
    told["pods"] = _remove(api, node, grade, proceed)
    return told


def _taint(api: Api, node: str, wanted: tuple[dict[str, str], ...], proceed: Proceed) -> int:
    """Ours as they should be, others' as they are. A node that has never registered has none.
    LOST leaves GONE's taint where it is: that was certain once, and the node has not been back."""
    path = path_of("api", "v1", "nodes", node)

    def once() -> int:
        proceed()
        found = api.get(path)
        if found is None:
            return 0
        before = found.get("spec", {}).get("taints", [])
        after = _tainted(before, wanted)
        if after == before:
            return 0
        seen = {"resourceVersion": found["metadata"]["resourceVersion"]}
        api.patch(path, {"metadata": seen, "spec": {"taints": after or None}})
        return 1

    return _again(once)


def _tainted(before: list[Document], wanted: tuple[dict[str, str], ...]) -> list[Document]:
    if not wanted:
        return [taint for taint in before if taint["key"] not in _OURS]
    there = {taint["key"] for taint in before}
    return [*before, *(dict(taint) for taint in wanted if taint["key"] not in there)]


def _release(api: Api, node: str, proceed: Proceed) -> int:
    """A leader's lease that the node holds: its standbys need not wait until it runs out."""
    released = 0
    for name in LEASES:
        path = path_of(
            "apis", "coordination.k8s.io", "v1", "namespaces", "kube-system", "leases", name
        )
        proceed()
        lease = api.get(path)
        if lease is not None and _holder(lease) == node:
            released += _as_seen(partial(api.delete, path, lease))
    return released


def _holder(lease: Document) -> str:
    """The host of an identity such as n1_0f3c…: client-go's leaders append a UUID."""
    identity = str(lease.get("spec", {}).get("holderIdentity") or "")
    return identity.rpartition("_")[0] or identity


def _withdraw(api: Api, node: str, proceed: Proceed) -> int:
    """The node's endpoints out of every slice, before the controllers get round to it."""
    proceed()
    found = api.get("/apis/discovery.k8s.io/v1/endpointslices")
    count = 0
    for each in (found or {}).get("items", []):
        endpoints = each.get("endpoints") or []
        left = [endpoint for endpoint in endpoints if endpoint.get("nodeName") != node]
        if len(left) == len(endpoints):
            continue
        proceed()
        own = each["metadata"]
        group = ("apis", "discovery.k8s.io", "v1", "namespaces")
        path = path_of(*group, own["namespace"], "endpointslices", own["name"])
        whole = {**_typed(each, "discovery.k8s.io/v1", "EndpointSlice"), "endpoints": left}
        count += _as_seen(partial(api.put, path, whole))
    return count


def _remove(api: Api, node: str, grade: Grade, proceed: Proceed) -> int:
    """Pods off the node: those that may run twice, or all."""
    proceed()
    found = api.get("/api/v1/pods", fieldSelector=f"spec.nodeName={node}")
    count = 0
    for pod in (found or {}).get("items", []):
        if grade is Grade.GONE or _may_run_twice(pod):
            proceed()
            own = pod["metadata"]
            path = path_of("api", "v1", "namespaces", own["namespace"], "pods", own["name"])
            count += _as_seen(partial(api.delete, path, pod, grace_s=0))
    return count


def _may_run_twice(pod: Document) -> bool:
    """By what makes it anew: others, such as a StatefulSet, promise that there is never a second
    one, and a pod of nobody's would not come back."""
    owners: list[Any] = pod["metadata"].get("ownerReferences") or []
    return any(owner.get("controller") and owner["kind"] in _MAY_RUN_TWICE for owner in owners)


def _typed(item: Document, version: str, kind: str) -> Document:
    """Items of a list do not say what they are."""
    return {"apiVersion": version, "kind": kind, **item}


def _as_seen(change: Callable[[], object]) -> int:
    """1, or 0 when somebody else was first: then it is not what it was, and not ours to change."""
    try:
        change()
    except ConflictError:
        return 0
    return 1


def _again(attempt: Callable[[], int]) -> int:
    """Look and change until nobody comes between. Raises ConflictError after some times."""
    for _ in range(_CONFLICTS - 1):
        try:
            return attempt()
        except ConflictError:
            continue
    return attempt()

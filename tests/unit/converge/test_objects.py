"""From watched objects to events."""

from __future__ import annotations

from typing import Any

from holdfast.converge.objects import Known
from holdfast.drill.timeline import Event

AT = 5.0


def item(
    name: str,
    version: int,
    spec: dict[str, Any] | None = None,
    status: dict[str, Any] | None = None,
    **metadata: Any,
) -> dict[str, Any]:
    own = {"name": name, "uid": f"uid-{name}", "resourceVersion": str(version), **metadata}
    return {"metadata": own, "spec": spec or {}, "status": status or {}}


def ready(status: str, reason: str = "") -> dict[str, Any]:
    return {"type": "Ready", "status": status, "reason": reason}


def seeded(what: str, *items: dict[str, Any]) -> Known:
    known = Known()
    for each in items:
        assert known.told(what, each, AT) == []
    known.listed(what)
    return known


def words(events: list[Event]) -> list[str]:
    return [f"{e.source} {e.kind} {e.host} {e.about} {e.detail}".strip() for e in events]


def test_a_node_that_is_lost_and_tainted() -> None:
    known = seeded("nodes", item("n1", 1, status={"conditions": [ready("True")]}))
    lost = item("n1", 2, status={"conditions": [ready("Unknown", "NodeStatusUnknown")]})
    assert words(known.told("nodes", lost, AT)) == ["node lost  n1 Ready=Unknown NodeStatusUnknown"]
    taint = {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}
    tainted = {**lost, "spec": {"taints": [taint]}}
    tainted["metadata"] = {**lost["metadata"], "resourceVersion": "3"}
    assert words(known.told("nodes", tainted, AT)) == [
        "node tainted  n1 node.kubernetes.io/unreachable:NoExecute"
    ]


def test_a_pod_from_its_creation_to_its_readiness() -> None:
    known = seeded("pods")
    labels = {"labels": {"app": "solo"}}
    assert words(known.told("pods", item("a", 1, **labels), AT)) == ["pod created  solo a"]
    placed = item("a", 2, spec={"nodeName": "n2"}, **labels)
    assert words(known.told("pods", placed, AT)) == ["pod scheduled n2 solo a"]
    runs = {"containerStatuses": [{"state": {"running": {}}}], "conditions": [ready("True")]}
    both = item("a", 3, spec={"nodeName": "n2"}, status=runs, **labels)
    assert words(known.told("pods", both, AT)) == ["pod running n2 solo a", "pod ready n2 solo a"]


def test_a_pod_that_is_evicted_and_gone() -> None:
    runs = {"conditions": [ready("True")]}
    labels = {"labels": {"app": "solo"}}
    known = seeded("pods", item("a", 1, spec={"nodeName": "n1"}, status=runs, **labels))
    going = item(
        "a", 2, spec={"nodeName": "n1"}, status=runs, deletionTimestamp="2026-11-23", **labels
    )
    assert words(known.told("pods", going, AT)) == ["pod deleting n1 solo a"]
    gone = {**going, "metadata": {**going["metadata"], "resourceVersion": "3"}}
    assert words(known.told("pods", gone, AT, gone=True)) == ["pod gone n1 solo a"]


def test_endpoints_that_may_be_used() -> None:
    labels = {"labels": {"kubernetes.io/service-name": "solo"}}
    dead = {"addresses": ["10.64.1.2"], "nodeName": "n1", "conditions": {"ready": True}}
    known = seeded("endpointslices", {**item("solo-x", 1, **labels), "endpoints": [dead]})
    out = {**dead, "conditions": {"ready": False}}
    new = {"addresses": ["10.64.2.2"], "nodeName": "n2", "conditions": {"ready": True}}
    told = known.told(
        "endpointslices", {**item("solo-x", 2, **labels), "endpoints": [out, new]}, AT
    )
    assert words(told) == [
        "endpoints added n2 solo 10.64.2.2",
        "endpoints withdrawn n1 solo 10.64.1.2",
    ]


def test_leases_are_renewed_and_taken() -> None:
    def lease(version: int, holder: str) -> dict[str, Any]:
        spec = {"holderIdentity": holder, "renewTime": f"t{version}"}
        return item("kube-controller-manager", version, spec=spec, namespace="kube-system")

    known = seeded("component leases", lease(1, "n1_abc"))
    assert words(known.told("component leases", lease(2, "n1_abc"), AT)) == [
        "lease renewed n1 controller-manager n1_abc"
    ]
    assert words(known.told("component leases", lease(3, "n3_def"), AT)) == [
        "lease taken n3 controller-manager n3_def"
    ]


def test_a_second_server_tells_nothing_new() -> None:
    """It may be behind the first: what is older than what is known does not count."""
    good, bad = ({"conditions": [ready(word)]} for word in ("True", "Unknown"))
    known = seeded("nodes", item("n1", 1, status=good))
    assert known.told("nodes", item("n1", 5, status=bad), AT)
    assert known.told("nodes", item("n1", 5, status=bad), AT) == []
    assert known.told("nodes", item("n1", 3, status=good), AT) == []

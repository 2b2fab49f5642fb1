"""From the objects of the API, as watches tell of them, to events. Pure.

Several API servers may tell the same, one later than the other: of each object only what is newer
than what is known counts. The first listing of a kind is how things stand, and no event.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from holdfast.converge import kinds
from holdfast.drill.timeline import Event

Object = Mapping[str, Any]

_SERVICE = "kubernetes.io/service-name"
_API_SERVER = "kube-apiserver"
"""API servers keep leases of their own, by which nobody leads."""


@dataclass
class Known:
    """What is known of every object so far."""

    _newest: dict[str, int] = field(default_factory=dict)
    _facts: dict[str, frozenset[tuple[str, ...]]] = field(default_factory=dict)
    _seeded: set[str] = field(default_factory=set)

    def told(self, what: str, item: Object, at: float, gone: bool = False) -> list[Event]:
        """`what`: nodes, pods, endpointslices or leases; a word before it tells two listings of
        one kind apart."""
        kind = what.rpartition(" ")[2]
        name = f"{what}/{item['metadata'].get('namespace', '')}/{item['metadata']['name']}"
        name += f"/{item['metadata']['uid']}"
        version = int(item["metadata"]["resourceVersion"])
        if version <= self._newest.get(name, -1):
            return []
        self._newest[name] = version
        before = self._facts.get(name, frozenset())
        after = frozenset() if gone else frozenset(_FACTS[kind](item))
        self._facts[name] = after
        if what not in self._seeded:
            return []
        changed = _CHANGES[kind](item, before, after, gone)
        return [
            Event(at=at, source=source, kind=kind, host=host, about=about, detail=detail)
            for source, kind, host, about, detail in changed
        ]

    def listed(self, what: str) -> None:
        """The first listing of a kind is complete: what comes from now on is news."""
        self._seeded.add(what)


Facts = frozenset[tuple[str, ...]]
Told = tuple[str, str, str, str, str]
"""Source, kind, host, about, detail."""


def _condition(item: Object, kind: str) -> tuple[str, str]:
    """Status and reason."""
    for each in item.get("status", {}).get("conditions") or ():
        if each["type"] == kind:
            return each["status"], each.get("reason", "")
    return "Unknown", ""


def _node_facts(item: Object) -> Iterator[tuple[str, ...]]:
    if _condition(item, "Ready")[0] == "True":
        yield ("ready",)
    for taint in item["spec"].get("taints") or ():
        yield ("taint", f"{taint['key']}:{taint['effect']}")


def _node(item: Object, before: Facts, after: Facts, gone: bool) -> Iterator[Told]:
    name = item["metadata"]["name"]
    ready = ("ready",)
    if ready in before - after:
        status, reason = _condition(item, "Ready")
        yield kinds.NODE, kinds.LOST, "", name, f"Ready={status} {reason}".strip()
    if ready in after - before:
        yield kinds.NODE, kinds.READY, "", name, ""
    for kind, facts in ((kinds.TAINTED, after - before), (kinds.UNTAINTED, before - after)):
        for fact in sorted(facts - {ready}):
            yield kinds.NODE, kind, "", name, fact[1]


_POD_STAGES = (kinds.CREATED, kinds.SCHEDULED, kinds.RUNNING, kinds.READY, kinds.DELETING)


def _pod_facts(item: Object) -> Iterator[tuple[str, ...]]:
    yield (kinds.CREATED,)
    if item["spec"].get("nodeName"):
        yield (kinds.SCHEDULED,)
    status = item.get("status", {})
    if any("running" in each.get("state", {}) for each in status.get("containerStatuses") or ()):
        yield (kinds.RUNNING,)
    if _condition(item, "Ready")[0] == "True":
        yield (kinds.READY,)
    if item["metadata"].get("deletionTimestamp"):
        yield (kinds.DELETING,)


def _pod(item: Object, before: Facts, after: Facts, gone: bool) -> Iterator[Told]:
    """Several stages at once are told in the order of their course."""
    metadata = item["metadata"]
    app = (metadata.get("labels") or {}).get("app", "")
    host, name = item["spec"].get("nodeName", ""), metadata["name"]
    for stage in _POD_STAGES:
        if (stage,) in after - before:
            yield kinds.POD, stage, host, app, name
    if (kinds.READY,) in before - after and not gone:
        yield kinds.POD, kinds.UNREADY, host, app, name
    if gone:
        yield kinds.POD, kinds.GONE, host, app, name


def _slice_facts(item: Object) -> Iterator[tuple[str, ...]]:
    """Only who may be sent requests."""
    for endpoint in item.get("endpoints") or ():
        if (endpoint.get("conditions") or {}).get("ready", True):
            for address in endpoint["addresses"]:
                yield endpoint.get("nodeName") or "", address


def _slice(item: Object, before: Facts, after: Facts, gone: bool) -> Iterator[Told]:
    service = (item["metadata"].get("labels") or {}).get(_SERVICE, "")
    for kind, facts in ((kinds.ADDED, after - before), (kinds.WITHDRAWN, before - after)):
        for host, address in sorted(facts):
            yield kinds.ENDPOINTS, kind, host, service, address


def _lease_facts(item: Object) -> Iterator[tuple[str, ...]]:
    spec = item.get("spec", {})
    yield "holder", spec.get("holderIdentity") or ""
    yield "renewed", spec.get("renewTime") or ""


def _lease(item: Object, before: Facts, after: Facts, gone: bool) -> Iterator[Told]:
    """Of components and of nodes. A leader names itself by its host and something of its own."""
    if _API_SERVER in item["metadata"].get("labels", {}).values():
        return
    name, holder = item["metadata"]["name"], item.get("spec", {}).get("holderIdentity") or ""
    about, host = kinds.LEASES.get(name, name), holder.partition("_")[0]
    if gone or not holder:
        return
    taken = ("holder", holder) not in before
    yield kinds.LEASE, kinds.TAKEN if taken else kinds.RENEWED, host, about, holder


_FACTS = {
    "nodes": _node_facts,
    "pods": _pod_facts,
    "endpointslices": _slice_facts,
    "leases": _lease_facts,
}
_CHANGES = {"nodes": _node, "pods": _pod, "endpointslices": _slice, "leases": _lease}

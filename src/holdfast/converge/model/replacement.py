"""A node of a Kubernetes is lost with a pod on it: what leads to the pod that replaces it.

a new pod  = lease of the controller-manager, its start, grace period    (its leader lost)
             or the rest of the grace period                             (its leader lives)
             + taint + toleration + create + schedule + start + ready + kube-proxy
"""

from __future__ import annotations

from functools import cached_property

from holdfast.converge.model.access import Access, Design, Part
from holdfast.converge.model.controllers import ApiEndpoint, Grace, Silence, Takeover
from holdfast.converge.model.graph import (
    FAULT,
    Either,
    Moment,
    Step,
    earliest,
    latest,
)
from holdfast.converge.model.laws import Fixed, Uniform
from holdfast.converge.model.proxy import Sync
from holdfast.timers.cluster.model import Leases

_TAINT_EVERY_S = 0.1
"""NodeEvictionPeriod, pkg/controller/nodelifecycle/scheduler: how often taints are set."""


class Replacement:
    """Each moment is made once, so that what is shared is drawn once."""

    def __init__(self, design: Design) -> None:
        self._design = design
        self._timers = design.timers
        self._pace = design.pace
        self.access = Access(design)

    def milestones(self) -> dict[str, Moment]:
        """By the names that `converge.api` and `converge.service` give them."""
        anew: dict[str, Moment] = {
            "controller-manager: a standby takes over": self._managed,
            "controller-manager: its controllers run": self._begun,
        }
        return {
            "etcd elects a leader": self.access.ready,
            **(anew if "controllers" in self._design.led else {}),
            "the node is NotReady": self.node,
            "the NoExecute taint": self._tainted,
            "its pod is evicted": self._evicted,
            "a replacement is created": self._created,
            "scheduler: a standby takes over": self._scheduler,
            "it is given a node": self._scheduled,
            "its container runs": self._running,
            "it is ready": self._ready,
            "it is in the EndpointSlice": self._endpoint,
            "kube-proxy has written its rules": self.pod,
            "the balancer gives the dead one up": self.access.down,
        }

    # Who leads.

    def _leads(self, part: Part, leases: Leases, standbys: int) -> Moment:
        """A standby does when the lease has run out."""
        name, group = LEADERS_OF[part]
        timers = tuple(f"{group}.leases.{field}" for field in ("duration_ms", "retry_ms"))
        looks: list[Moment] = []
        for twin in range(standbys):
            reached = self.access.reached(name, leases.retry_ms / 1000, twin)
            law = Takeover(leases)
            looks.append(Step(f"{name}: a standby takes over", reached, law, timers, (), twin))
        return earliest(*looks)

    @cached_property
    def _scheduler(self) -> Moment:
        leases, survivors = self._timers.scheduler.leases, self._design.nodes - 1
        if "scheduler" in self._design.led:
            return self._leads("scheduler", leases, survivors)
        if chance := self.access.loses("scheduler", leases):
            another = self._leads("scheduler", leases, survivors - 1)
            return Either("the scheduler's leader hangs", chance, another, self.access.ready)
        return self.access.ready

    @cached_property
    def _managed(self) -> Moment:
        """A standby has become the controller-manager."""
        standbys = self._design.nodes - (1 if "controllers" in self._design.led else 2)
        return self._leads("controllers", self._timers.controller_manager.leases, standbys)

    # The node, and its pods.

    @cached_property
    def _begun(self) -> Moment:
        name = "controller-manager: its controllers run"
        return Step(name, self._managed, self._pace.begin)

    @cached_property
    def node(self) -> Moment:
        manager = self._timers.controller_manager
        names = ("controller_manager.grace_ms", "controller_manager.monitor_ms", "kubelet.lease_s")
        anew = Step("the node is NotReady", self._begun, Grace(manager, self._pace.look), names)
        if "controllers" in self._design.led:
            return anew
        law = Silence(manager, self._timers.kubelet.renew_ms, self._pace.look)
        kept = latest(self.access.ready, Step("the node is NotReady", FAULT, law, names, (), 1))
        if chance := self.access.loses("controllers", manager.leases):
            return Either("the controller-manager's leader hangs", chance, anew, kept)
        return kept

    @cached_property
    def _removed(self) -> Moment:
        return Step("its pods leave the EndpointSlices", self.node, self._pace.remove)

    @cached_property
    def _tainted(self) -> Moment:
        due = Step("its turn to be tainted", self.node, Uniform(0.0, _TAINT_EVERY_S))
        return Step("the NoExecute taint", due, self._pace.taint)

    @cached_property
    def _evicted(self) -> Moment:
        law = Fixed(float(self._timers.apiserver.unreachable_s))
        names = ("apiserver.unreachable_s",)
        tolerated = Step("its pod is tolerated", self._tainted, law, names)
        return Step("its pod is evicted", tolerated, self._pace.evict)

    @cached_property
    def _created(self) -> Moment:
        return Step("a replacement is created", self._evicted, self._pace.create)

    @cached_property
    def _scheduled(self) -> Moment:
        able = latest(self._created, self._scheduler)
        return Step("it is given a node", able, self._pace.schedule)

    @cached_property
    def _running(self) -> Moment:
        renew = self._timers.kubelet.renew_ms / 1000
        told = latest(self._scheduled, self.access.reached("kubelet", renew))
        return Step("its container runs", told, self._pace.run)

    @cached_property
    def _ready(self) -> Moment:
        return Step("it is ready", self._running, self._pace.ready)

    @cached_property
    def _endpoint(self) -> Moment:
        return Step("it is in the EndpointSlice", self._ready, self._pace.publish)

    @cached_property
    def _api_endpoint(self) -> Moment:
        return Step("the API server leaves its own Service", self.access.ready, ApiEndpoint())

    @cached_property
    def pod(self) -> Moment:
        seen = (self._api_endpoint, self._removed, self._evicted)
        return self._written(self._endpoint, seen, 0)

    @cached_property
    def service(self) -> Moment:
        """On every surviving node."""
        seen = (self._api_endpoint,)
        nodes = range(self._design.nodes - 1)
        return latest(*(self._written(self._removed, seen, twin) for twin in nodes))

    def _written(self, change: Moment, seen: tuple[Moment, ...], twin: int) -> Moment:
        idle = float(self._timers.connections.read_idle_s)
        told = latest(change, self.access.reached("kube-proxy", idle, twin))
        names = ("kube_proxy.min_sync_ms", "kube_proxy.sync_ms")
        law = Sync(self._timers.kube_proxy)
        synced = Step("kube-proxy may write again", told, law, names, seen, twin)
        return Step("kube-proxy has written its rules", synced, self._pace.write, (), (), twin)


LEADERS_OF: dict[Part, tuple[str, str]] = {
    "controllers": ("controller-manager", "controller_manager"),
    "scheduler": ("scheduler", "scheduler"),
}

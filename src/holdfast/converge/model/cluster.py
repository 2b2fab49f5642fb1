"""A Kubernetes of three nodes, each control plane and worker, loses one: how long until the API
answers, until a Service reaches the pod that replaces a lost one, and what is between.

    API        = etcd's election, then the client's luck with the balancer
    a new pod  = lease of the controller-manager, its start, grace period    (its leader lost)
                 or the rest of the grace period                             (its leader lives)
                 + taint + toleration + create + schedule + start + ready + kube-proxy
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from holdfast.converge.model.balancers import Checks, FirstCall, Idle
from holdfast.converge.model.controllers import ApiEndpoint, Grace, Silence, Takeover
from holdfast.converge.model.etcd import Election
from holdfast.converge.model.graph import (
    FAULT,
    Either,
    Moment,
    Step,
    earliest,
    latest,
)
from holdfast.converge.model.laws import Fixed, Sometimes, Uniform
from holdfast.converge.model.pace import ClusterPace
from holdfast.converge.model.proxy import Sync
from holdfast.converge.model.story import Seen, Story
from holdfast.timers.cluster.model import ClusterTimers, Leases

Part = Literal["etcd", "controllers", "scheduler"]
LEADERS: frozenset[Part] = frozenset(("etcd", "controllers", "scheduler"))
"""What the lost node may have led. All of it is the worst case."""

PATIENCE_S = 10.0
"""After which Kubernetes' clients give up a connection on which no TLS hello comes back
(TLSHandshakeTimeout of net/http's default transport, which client-go takes over)."""

PROMPT_S = 1.0
"""A new connection that is led elsewhere within this time counts as answered."""

_NEVER = float("inf")
_TAINT_EVERY_S = 0.1
"""NodeEvictionPeriod, pkg/controller/nodelifecycle/scheduler: how often taints are set."""

_KEEPALIVE_TRIES = 3
"""Of the kernel, a second apart, as rendered for nginx' hosts."""


@dataclass(frozen=True)
class Design:
    """How the API is reached, what was lost, and how fast work is done. `led`: what the lost node
    was the leader of."""

    timers: ClusterTimers
    endpoint: Literal["per-node", "outside"] = "per-node"
    balancer: Literal["haproxy", "nginx"] = "haproxy"
    led: frozenset[Part] = LEADERS
    nodes: int = 3
    pace: ClusterPace = field(default_factory=ClusterPace)

    @property
    def title(self) -> str:
        lost = ", ".join(sorted(self.led)) or "nothing"
        where = "on every node" if self.endpoint == "per-node" else "outside"
        return f"{self.timers.profile}, {self.balancer} {where}; the lost node led: {lost}"


def story(design: Design) -> Story:
    course = _Course(design)
    return Story(
        design.title,
        (
            Seen("api", "a client that asks again and again is answered", course.api),
            Seen("calls", "no new connection to the API fails any more", course.calls),
            Seen("watch", "a watch through the lost API server has ended", course.watch),
            Seen("node", "the lost node is called NotReady", course.node),
            Seen("service", "requests to surviving pods of a Service do not fail", course.service),
            Seen("pod", "a Service reaches the pod that replaces its only one", course.pod),
        ),
        course.milestones(),
        frozenset(("scheduler: a standby takes over", "the balancer gives the dead one up")),
    )


class _Course:
    """The graph; each moment is made once, so that what is shared is drawn once."""

    def __init__(self, design: Design) -> None:
        self._design = design
        self._timers = design.timers
        self._pace = design.pace

    def milestones(self) -> dict[str, Moment]:
        """By the names that `converge.api` and `converge.service` give them."""
        anew: dict[str, Moment] = {
            "controller-manager: a standby takes over": self._managed,
            "controller-manager: its controllers run": self._begun,
        }
        return {
            "etcd elects a leader": self.ready,
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
            "the balancer gives the dead one up": self._down,
        }

    # The API.

    @cached_property
    def ready(self) -> Moment:
        """The surviving API servers answer."""
        if "etcd" not in self._design.led:
            return FAULT
        elected = Step(
            "etcd: somebody stands",
            FAULT,
            Election(self._timers.etcd, self._design.nodes - 1),
            ("etcd.heartbeat_ms", "etcd.election_ms"),
        )
        return Step("etcd elects a leader", elected, self._pace.vote)

    @cached_property
    def api(self) -> Moment:
        return self._answered(self._called("kubectl", self.ready))

    def _answered(self, after: Moment) -> Moment:
        again = Step("kubectl asks anew", after, Sometimes(self._pace.again, self._pace.again_s))
        return Step("the first answer", again, self._pace.answer)

    @cached_property
    def calls(self) -> Moment:
        if not self._share:
            return self.api
        if self._design.balancer == "haproxy":
            good = latest(self.ready, self._down)
        elif self._redirect_s <= PROMPT_S:
            good = self.ready
        else:
            good = Step("nginx keeps the dead one", self.ready, Fixed(_NEVER), self._nginx)
        return self._answered(good)

    @cached_property
    def watch(self) -> Moment:
        if not self._share:
            return self.ready
        idle = float(self._timers.connections.read_idle_s)
        return self._called("watch", latest(self.ready, self._released("watch", idle)))

    @property
    def _nginx(self) -> tuple[str, ...]:
        return ("nginx.connect_ms", "nginx.max_fails", "nginx.fail_timeout_ms")

    @property
    def _own(self) -> bool:
        """A node's components ask the API server of their own node."""
        return self._design.endpoint == "per-node" and self._timers.haproxy.own_first

    @property
    def _share(self) -> float:
        """Of the connections, those that lead to the lost API server."""
        return 0.0 if self._own else 1 / self._design.nodes

    @property
    def _redirect_s(self) -> float:
        part = getattr(self._timers, self._design.balancer)
        return float(part.connect_ms) / 1000

    def _called(self, who: str, after: Moment, twin: int = 0) -> Moment:
        if not self._share:
            return after
        law = FirstCall(self._share, self._redirect_s, PATIENCE_S)
        name = f"{who} is led to the dead one"
        return Step(name, after, law, (f"{self._design.balancer}.connect_ms",), (), twin)

    @cached_property
    def _down(self) -> Moment:
        haproxy = self._timers.haproxy
        law = Checks(haproxy.inter_ms, haproxy.fastinter_ms, haproxy.fall, haproxy.connect_ms)
        names = ("inter_ms", "fastinter_ms", "fall", "connect_ms")
        return Step(
            "the balancer gives the dead one up", FAULT, law, tuple(f"haproxy.{n}" for n in names)
        )

    def _released(self, who: str, activity_s: float, twin: int = 0) -> Moment:
        """An established connection to the lost API server ends."""
        health = self._timers.connections
        limit = health.read_idle_s + health.ping_s
        names = ("connections.read_idle_s", "connections.ping_s")
        ping = Step(f"{who}: HTTP/2 gives up", FAULT, Idle(limit, activity_s), names, (), twin)
        return earliest(ping, *self._cut(who, activity_s, twin))

    def _cut(self, who: str, activity_s: float, twin: int) -> tuple[Moment, ...]:
        """The balancer ends it."""
        if self._design.balancer == "haproxy":
            haproxy = self._timers.haproxy
            limit = min(haproxy.client_ms, haproxy.server_ms) / 1000
            names = ("haproxy.client_ms", "haproxy.server_ms")
            idle = Step(f"{who}: haproxy gives up", FAULT, Idle(limit, activity_s), names, (), twin)
            return (idle, self._down) if haproxy.shutdown_sessions else (idle,)
        nginx = self._timers.nginx
        law = Idle(nginx.timeout_ms / 1000, activity_s)
        idle = Step(f"{who}: nginx gives up", FAULT, law, ("nginx.timeout_ms",), (), twin)
        if nginx.keepalive_s is None:
            return (idle,)
        asked = Idle(nginx.keepalive_s + _KEEPALIVE_TRIES, min(activity_s, nginx.keepalive_s))
        name = f"{who}: nginx' kernel asks"
        return (idle, Step(name, FAULT, asked, ("nginx.keepalive_s",), (), twin))

    def _reached(self, who: str, activity_s: float, twin: int = 0) -> Moment:
        """A component on a surviving node can speak to an API server that answers."""
        if not self._share:
            return self.ready
        freed = latest(self.ready, self._released(who, activity_s, twin))
        called = self._called(who, freed, twin)
        return Either(f"{who} hangs", self._share, called, self.ready, twin)

    # Who leads.

    def _leads(self, part: Part, leases: Leases, standbys: int) -> Moment:
        name, group = _LEADERS[part]
        timers = tuple(f"{group}.leases.{field}" for field in ("duration_ms", "retry_ms"))
        looks: list[Moment] = []
        for twin in range(standbys):
            reached = self._reached(name, leases.retry_ms / 1000, twin)
            law = Takeover(leases)
            looks.append(Step(f"{name}: a standby takes over", reached, law, timers, (), twin))
        return earliest(*looks)

    def _loses(self, leases: Leases) -> float:
        """How likely it is that a leader on a surviving node hangs for so long that it gives up."""
        health = self._timers.connections
        waits = [1000 * (health.read_idle_s + health.ping_s) - leases.retry_ms]
        haproxy = self._timers.haproxy
        if self._design.balancer == "haproxy" and haproxy.shutdown_sessions:
            silent = min(haproxy.connect_ms, haproxy.inter_ms)
            waits.append(haproxy.fall * (silent + haproxy.fastinter_ms) + haproxy.inter_ms)
        return self._share if min(waits) > leases.renew_ms else 0.0

    @cached_property
    def _scheduler(self) -> Moment:
        leases, survivors = self._timers.scheduler.leases, self._design.nodes - 1
        if "scheduler" in self._design.led:
            return self._leads("scheduler", leases, survivors)
        if chance := self._loses(leases):
            another = self._leads("scheduler", leases, survivors - 1)
            return Either("the scheduler's leader hangs", chance, another, self.ready)
        return self.ready

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
        anew = Step("the node is NotReady", self._begun, Grace(manager), names)
        if "controllers" in self._design.led:
            return anew
        law = Silence(manager, self._timers.kubelet.renew_ms)
        kept = latest(self.ready, Step("the node is NotReady", FAULT, law, names, (), 1))
        if chance := self._loses(manager.leases):
            return Either("the controller-manager's leader hangs", chance, anew, kept)
        return kept

    @cached_property
    def _removed(self) -> Moment:
        return Step("its pods leave the EndpointSlices", self.node, self._pace.remove)

    @cached_property
    def _tainted(self) -> Moment:
        return Step("the NoExecute taint", self.node, Uniform(0.0, _TAINT_EVERY_S))

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
        told = latest(self._scheduled, self._reached("kubelet", renew))
        return Step("its container runs", told, self._pace.run)

    @cached_property
    def _ready(self) -> Moment:
        return Step("it is ready", self._running, self._pace.ready)

    @cached_property
    def _endpoint(self) -> Moment:
        return Step("it is in the EndpointSlice", self._ready, self._pace.publish)

    @cached_property
    def _api_endpoint(self) -> Moment:
        return Step("the API server leaves its own Service", self.ready, ApiEndpoint())

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
        told = latest(change, self._reached("kube-proxy", idle, twin))
        names = ("kube_proxy.min_sync_ms", "kube_proxy.sync_ms")
        law = Sync(self._timers.kube_proxy)
        synced = Step("kube-proxy may write again", told, law, names, seen, twin)
        return Step("kube-proxy has written its rules", synced, self._pace.write, (), (), twin)


_LEADERS: dict[Part, tuple[str, str]] = {
    "controllers": ("controller-manager", "controller_manager"),
    "scheduler": ("scheduler", "scheduler"),
}

"""How the API is reached while a node is gone: when it answers, who is led to the dead server, and
how long a connection hangs there."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from holdfast.converge.model.balancers import Checks, FirstCall, Idle
from holdfast.converge.model.etcd import Election
from holdfast.converge.model.graph import FAULT, Either, Moment, Step, earliest, latest
from holdfast.converge.model.laws import Fixed, Sometimes
from holdfast.converge.model.pace import ClusterPace
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

_KEEPALIVE_TRIES = 3
"""Of the kernel, a second apart, as rendered for nginx' hosts."""


@dataclass(frozen=True)
class Design:
    """How the API is reached, what was lost, and how fast work is done. `led`: what the lost node
    was the leader of. `hung`: leaders on surviving nodes that were connected to the lost API
    server for so long that they lost their lease; None where that is left to chance. `agent`: the
    nodes have agents that act on a lost one."""

    timers: ClusterTimers
    endpoint: Literal["per-node", "outside"] = "per-node"
    balancer: Literal["haproxy", "nginx"] = "haproxy"
    led: frozenset[Part] = LEADERS
    nodes: int = 3
    agent: bool = False
    hung: frozenset[Part] | None = None
    pace: ClusterPace = field(default_factory=ClusterPace)

    @property
    def title(self) -> str:
        lost = ", ".join(sorted(self.led)) or "nothing"
        where = "on every node" if self.endpoint == "per-node" else "outside"
        agent = ", node agents" if self.agent else ""
        hung = f"; hung: {', '.join(sorted(self.hung))}" if self.hung else ""
        design = f"{self.timers.profile}, {self.balancer} {where}{agent}"
        return f"{design}; the lost node led: {lost}{hung}"


class Access:
    """Moments are made once, so that what is shared is drawn once."""

    def __init__(self, design: Design) -> None:
        self._design = design
        self._timers = design.timers
        self._pace = design.pace

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
            good = latest(self.ready, self.down)
        elif self._redirect_s <= PROMPT_S:
            good = self.ready
        elif self._timers.nginx.max_fails and self._redirect_s < PATIENCE_S:
            # Those who came first wait it out; after them nobody is led there, but for one in each
            # fail_timeout.
            law = Fixed(self._redirect_s)
            good = latest(self.ready, Step("nginx gives the dead one up", FAULT, law, self._nginx))
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
    def down(self) -> Moment:
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
            return (idle, self.down) if haproxy.shutdown_sessions else (idle,)
        nginx = self._timers.nginx
        law = Idle(nginx.timeout_ms / 1000, activity_s)
        idle = Step(f"{who}: nginx gives up", FAULT, law, ("nginx.timeout_ms",), (), twin)
        if nginx.keepalive_s is None:
            return (idle,)
        asked = Idle(nginx.keepalive_s + _KEEPALIVE_TRIES, min(activity_s, nginx.keepalive_s))
        name = f"{who}: nginx' kernel asks"
        return (idle, Step(name, FAULT, asked, ("nginx.keepalive_s",), (), twin))

    def reached(self, who: str, activity_s: float, twin: int = 0) -> Moment:
        """A component on a surviving node can speak to an API server that answers."""
        if not self._share:
            return self.ready
        freed = latest(self.ready, self._released(who, activity_s, twin))
        called = self._called(who, freed, twin)
        return Either(f"{who} hangs", self._share, called, self.ready, twin)

    def loses(self, part: Part, leases: Leases) -> float:
        """How likely it is that a leader on a surviving node hangs for so long that it gives up."""
        if self._design.hung is not None:
            return float(part in self._design.hung)
        health = self._timers.connections
        waits = [1000 * (health.read_idle_s + health.ping_s) - leases.retry_ms]
        haproxy = self._timers.haproxy
        if self._design.balancer == "haproxy" and haproxy.shutdown_sessions:
            silent = min(haproxy.connect_ms, haproxy.inter_ms)
            waits.append(haproxy.fall * (silent + haproxy.fastinter_ms) + haproxy.inter_ms)
        return self._share if min(waits) > leases.renew_ms else 0.0

"""Who asks what while a node has no power: the probes, and what each is one of."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from holdfast.cluster.kubectl import Kubectl, last_line
from holdfast.cluster.model import ClusterPlan
from holdfast.cluster.places import SOLO_NODE_PORT, TEST_NODE_PORT, TEST_PORT
from holdfast.converge import kinds
from holdfast.converge.access import Entrance
from holdfast.converge.onlookers import Service
from holdfast.converge.watching import PATHS
from holdfast.drill.timeline import Outcome
from holdfast.probes.base import Answer, Probe
from holdfast.probes.fresh import FreshProbe

_KUBECTL_S, _KUBECTL_DEADLINE_S = 0.5, 15.0
_KUBECTL_LANES = 8
"""So many kubectl at once: were there one for each question that hangs, they would leave no CPU to
anybody, and then all of them would hang."""
_API_S, _API_DEADLINE_S = 0.2, 2.0
_SERVICE_S, _SERVICE_DEADLINE_S = 0.2, 1.0
_READY_S = 1.0
"""The readiness probe of our own pods (cluster/objects)."""

NODE_PORTS = {kinds.SOLO: SOLO_NODE_PORT, kinds.WEB: TEST_NODE_PORT}


@dataclass
class KubectlProbe:
    """A real `kubectl get node`, as a person would have it."""

    name: str
    kubectl: Kubectl
    period: float = _KUBECTL_S
    deadline: float = _KUBECTL_DEADLINE_S
    lanes: int = _KUBECTL_LANES
    ledger: str = ""

    async def ask(self, key: str) -> Answer:
        try:
            async with asyncio.timeout(self.deadline):
                done = await self.kubectl.run("get", "node")
        except TimeoutError:
            return Answer(Outcome.UNKNOWN, "no answer within the deadline")
        return Answer(Outcome.OK) if done.ok else Answer(Outcome.FAIL, last_line(done.err))

    async def close(self) -> None:
        """Nothing is kept."""


@dataclass(frozen=True)
class Cast:
    """A probe, and the group of those that do the same."""

    probe: Probe
    group: str


def cast(
    plan: ClusterPlan,
    ways: tuple[Entrance, ...],
    victim: str,
    tls: ssl.SSLContext,
    kubectl: Mapping[str, Kubectl],
) -> tuple[Cast, ...]:
    """The probes that ask from here. `kubectl`: one per way, by its name."""
    return (*_through(ways, tls, kubectl), *_node_ports(plan, victim))


def _through(
    ways: tuple[Entrance, ...], tls: ssl.SSLContext, kubectl: Mapping[str, Kubectl]
) -> Iterator[Cast]:
    for way in ways:
        via = f"via {way.name}"
        yield Cast(KubectlProbe(f"{kinds.KUBECTL} {via}", kubectl[way.name]), kinds.KUBECTL)
        yield Cast(_api(f"{kinds.API} {via}", way, PATHS["nodes"], tls), kinds.API)
        for service in NODE_PORTS:
            group = kinds.way(service, kinds.API_PROXY)
            path = f"/api/v1/namespaces/default/services/{service}:{TEST_PORT}/proxy/"
            yield Cast(_api(f"{group} {via}", way, path, tls), group)


def _api(name: str, way: Entrance, path: str, tls: ssl.SSLContext) -> FreshProbe:
    return FreshProbe(
        name,
        way.address,
        way.port,
        path,
        tls,
        period=_API_S,
        deadline=_API_DEADLINE_S,
        told="/proxy/" in path,
    )


def _node_ports(plan: ClusterPlan, victim: str) -> Iterator[Cast]:
    for node in plan.nodes:
        for service, port in NODE_PORTS.items():
            if node.name != victim:
                group = kinds.way(service, kinds.NODE_PORT)
                probe = FreshProbe(
                    f"{group} via {node.name}",
                    str(node.address),
                    port,
                    "/",
                    period=_SERVICE_S,
                    deadline=_SERVICE_DEADLINE_S,
                    told=True,
                )
                yield Cast(probe, group)


def looked_at(addresses: Mapping[str, str]) -> tuple[Service, ...]:
    """What onlookers ask for: the Services' own addresses."""
    return tuple(
        Service(kinds.way(name, kinds.CLUSTER_IP), address, TEST_PORT)
        for name, address in addresses.items()
    )


def timer_values(plan: ClusterPlan) -> dict[str, float]:
    """Every timer by its full name, such as controller_manager.leases.duration_ms."""
    return {**dict(_flat("", plan.timers.model_dump())), "readiness.period_s": _READY_S}


def _flat(prefix: str, values: Mapping[str, object]) -> Iterator[tuple[str, float]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}{name}.", value)
        elif isinstance(value, int | float):
            yield f"{prefix}{name}", float(value)


def patience_s(plan: ClusterPlan) -> float:
    """After how many seconds whatever these timers set must be over, and some to spare: the sum
    of all of them, one after the other."""
    timers = plan.timers
    leases, haproxy = timers.controller_manager.leases, timers.haproxy
    pod = (
        2 * timers.etcd.election_ms
        + leases.duration_ms
        + 3 * leases.retry_ms
        + timers.controller_manager.grace_ms
        + timers.controller_manager.monitor_ms
        + 1000 * timers.apiserver.unreachable_s
        + timers.kube_proxy.min_sync_ms
    )
    balancer = (haproxy.fall + 1) * haproxy.inter_ms + haproxy.connect_ms
    stuck = 1000 * (timers.connections.read_idle_s + timers.connections.ping_s)
    return _TO_SPARE_S + max(pod + stuck, balancer) / 1000


_TO_SPARE_S = 45.0

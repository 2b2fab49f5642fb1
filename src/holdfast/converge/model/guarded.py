"""A lost node whose cluster has node agents: they taint it, let go of its leases, and take its pods
and endpoints away, as soon as all of a majority hear nothing from it.

Until then, as docs/explanation/convergence.md says: corosync's view without it, then so many knocks
at its door in vain; whichever is later, that or an API that can be written to.
"""

from __future__ import annotations

from functools import cached_property

from holdfast.converge.model.access import Part
from holdfast.converge.model.controllers import Free
from holdfast.converge.model.graph import FAULT, Moment, Step, earliest, latest
from holdfast.converge.model.groups import Detection
from holdfast.converge.model.laws import Fixed
from holdfast.converge.model.replacement import LEADERS_OF, Replacement
from holdfast.timers.cluster.model import Leases, NodeAgent


class Guarded(Replacement):
    """Everything else is as without agents, and goes on beside them."""

    def milestones(self) -> dict[str, Moment]:
        """In the order in which one waits for the other: the controller-manager is only waited for
        to make the replacement."""
        told = super().milestones()
        del told["the node is NotReady"]
        first = ("etcd elects a leader", "the NoExecute taint", "its pod is evicted")
        return {name: told[name] for name in (*first, *(n for n in told if n not in first))}

    @cached_property
    def _acts(self) -> Moment:
        """The first of the agents, on what all have heard."""
        ring = ("corosync.token_ms", "corosync.token_coefficient_ms")
        law = Detection(self._timers.corosync, self._design.nodes)
        lost = Step("corosync: a ring without it", FAULT, law, ring)
        names = tuple(f"node_agent.{n}" for n in ("knock_every_ms", "knock_timeout_ms", "knocks"))
        silent = Fixed(knocking_s(self._timers.node_agent))
        return latest(Step("agents: knock in vain", lost, silent, names), self.access.ready)

    @cached_property
    def _released(self) -> Moment:
        return Step("agents: leases are released", self._acts, self._pace.order)

    @cached_property
    def _tainted(self) -> Moment:
        return Step("the NoExecute taint", self._released, self._pace.order)

    @cached_property
    def _removed(self) -> Moment:
        withdrawn = Step("agents: endpoints are withdrawn", self._tainted, self._pace.order)
        return earliest(withdrawn, super()._removed)

    @cached_property
    def _evicted(self) -> Moment:
        """Its toleration is for what Kubernetes' controllers find, not for this."""
        return Step("its pod is evicted", self._tainted, self._pace.order)

    @cached_property
    def _created(self) -> Moment:
        if "controllers" not in self._design.led:
            return super()._created
        able = latest(self._evicted, self._begun)
        return Step("a replacement is created", able, self._pace.resume)

    def _leads(self, part: Part, leases: Leases, standbys: int) -> Moment:
        """As soon as the lost node's lease is gone, or has run out."""
        name, group = LEADERS_OF[part]
        kept = super()._leads(part, leases, standbys)
        if part not in self._design.led:
            return kept
        looks: list[Moment] = []
        for twin in range(standbys):
            reached = self.access.reached(name, leases.retry_ms / 1000, twin)
            timers = (f"{group}.leases.retry_ms",)
            law, since = Free(leases), latest(self._released, reached)
            looks.append(Step(f"{name}: a standby finds it free", since, law, timers, (), twin))
        return earliest(kept, *looks)


def knocking_s(agent: NodeAgent) -> float:
    """So many knocks in vain, one after the other (agents/node/watching.py)."""
    return (
        agent.knocks * agent.knock_timeout_ms + (agent.knocks - 1) * agent.knock_every_ms
    ) / 1000

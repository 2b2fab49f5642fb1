"""What Kubernetes' controllers wait for: leases, silent nodes, the taint."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from holdfast.converge.model.graph import Seconds
from holdfast.converge.model.laws import Took
from holdfast.timers.cluster.model import ControllerManager, Leases

_JITTER = 1.2
"""JitterFactor: a standby looks every retry x (1 .. 2.2)."""

_MANY = 48
"""Looks within one lease, beyond which only the mean of the last one's lateness counts."""

_AT_ONCE = Took(p50=0, p90=0)
_WHOLE = 1e-9
"""So that a grace period of so many whole looks is not one more for a rounding error."""

_HEARTBEAT_JITTER = 0.04
"""Of the kubelet's lease renewals (component-helpers/apimachinery/lease/controller.go)."""


@dataclass(frozen=True)
class Takeover:
    """One standby takes a lost leader's lease. `since`: when the standby's API server answers it.

    The leader renewed every `retry`, last U(0, retry) before the loss. The standby looks every
    retry x (1 + 1.2 U); it counts `duration` from the look at which it *saw* the last renewal
    (its own clock, not the lease's), and takes over at the first look after that. A look that
    falls into the time without API waits for its end. Source: client-go
    tools/leaderelection/leaderelection.go (acquire, tryAcquireOrRenew, observedTime)."""

    leases: Leases

    def draw(self, chance: np.random.Generator, since: Seconds, *_seen: Seconds) -> Seconds:
        retry, duration = self.leases.retry_ms / 1000, self.leases.duration_ms / 1000
        renewed = -chance.random(since.size) * retry
        saw = _held(renewed + _rest(chance, since.size, retry), since)
        ends = saw + duration
        looks = ceil(duration / retry)
        if looks > _MANY:
            return np.asarray(_held(ends + _rest(chance, since.size, retry), since) - since)
        look = saw
        for _ in range(looks):
            later = _held(look + retry * (1 + _JITTER * chance.random(since.size)), since)
            look = np.where(look < ends, later, look)
        return np.asarray(look - since)


def _held(look: Seconds, ready: Seconds) -> Seconds:
    """A look during the time without API is answered at its end."""
    return np.where(look > 0, np.maximum(look, ready), look)


def _rest(chance: np.random.Generator, draws: int, retry: float) -> Seconds:
    """What is left of a standby's interval at a moment that has nothing to do with it: long
    intervals are hit more often (density in proportion to their length)."""
    span = retry * np.sqrt(1 + chance.random(draws) * ((1 + _JITTER) ** 2 - 1))
    return np.asarray(span * chance.random(draws))


@dataclass(frozen=True)
class Grace:
    """A controller-manager that has just begun calls a silent node lost.

    Its first look at the nodes is the first it hears of any ("Missing timestamp for Node. Assuming
    now"), so it counts the grace period from there, in looks. The next one begins `monitor` after
    the last has ended, which took w:

        ceil(grace / (monitor + w)) x (monitor + w)

    Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go (tryUpdateNodeHealth, Run)."""

    manager: ControllerManager
    look: Took = _AT_ONCE

    def draw(self, chance: np.random.Generator, since: Seconds, *_seen: Seconds) -> Seconds:
        every = max(1, self.manager.monitor_ms) / 1000 + self.look.draw(chance, since)
        return np.asarray(np.ceil(self.manager.grace_ms / 1000 / every - _WHOLE) * every)


@dataclass(frozen=True)
class Silence:
    """A controller-manager that goes on calls a silent node lost.

    The node's lease was last renewed U(0, renew x 1.04) before the loss, which was noticed at the
    next look, U(0, monitor) after that; the grace period counts from there, in looks:

        -U(0, 1.04 renew) + U(0, monitor) + ceil(grace / (monitor + w)) x (monitor + w)

    Source: as `Grace`; pkg/kubelet/kubelet.go (nodeLeaseRenewIntervalFraction)."""

    manager: ControllerManager
    renew_ms: int
    look: Took = _AT_ONCE

    def draw(self, chance: np.random.Generator, since: Seconds, *_seen: Seconds) -> Seconds:
        heard = chance.random(since.size) * self.renew_ms / 1000 * (1 + _HEARTBEAT_JITTER)
        look = chance.random(since.size) * self.manager.monitor_ms / 1000
        grace = Grace(self.manager, self.look).draw(chance, since)
        return np.asarray(np.maximum(0.0, look - heard + grace))


@dataclass(frozen=True)
class Free:
    """One standby takes a lease that nobody holds: at its next look."""

    leases: Leases

    def draw(self, chance: np.random.Generator, since: Seconds, *_seen: Seconds) -> Seconds:
        return _rest(chance, since.size, self.leases.retry_ms / 1000)


@dataclass(frozen=True)
class ApiEndpoint:
    """The lost API server leaves the endpoints of the Service `kubernetes`: its entry lives 15 s
    and was refreshed every 10 s; the survivors look every 10 s each:

        15 - U(0, 10) + min(U(0, 10), U(0, 10))

    Nobody waits for it, but it makes kube-proxy write rules. Source: pkg/controlplane/instance.go
    (DefaultEndpointReconcilerInterval, DefaultEndpointReconcilerTTL)."""

    def draw(self, chance: np.random.Generator, since: Seconds, *_seen: Seconds) -> Seconds:
        left = 15 - 10 * chance.random(since.size)
        return np.asarray(left + 10 * chance.random((2, since.size)).min(axis=0))

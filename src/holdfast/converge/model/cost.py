"""What watchfulness costs while nothing happens: messages, writes to disk, processor time."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.timers.cluster.model import ClusterTimers
from holdfast.timers.floors import token_s
from holdfast.timers.model import Timers

_LOOK_JITTER = 1.6
"""A standby looks every retry x (1 .. 2.2): 1.6 on average."""

_MESSAGE_S, _WRITE_S = 0.0004, 0.02
"""Of processor time, on all hosts together. Chosen so that the difference between two recorded
clusters comes out, three nodes idle at 0.29 cores with upstream's timers and at 0.43 with fast
ones; one figure for two unknowns, so take it as an order of magnitude."""

_ROTATION = 0.8 / 4.2
"""Of the token: how often an idle corosync sends it round (totemconfig.c)."""


@dataclass(frozen=True)
class Cost:
    """Per second, of all hosts together. `cores` is the processor time of these alone."""

    messages: float
    writes: float

    @property
    def cores(self) -> float:
        return self.messages * _MESSAGE_S + self.writes * _WRITE_S


def cost(timers: ClusterTimers | Timers, hosts: int = 3) -> Cost:
    if isinstance(timers, ClusterTimers):
        return _cluster(timers, hosts)
    return _machines(timers, hosts)


def _cluster(timers: ClusterTimers, hosts: int) -> Cost:
    """etcd's heartbeats and their answers; leaders' renewals and standbys' looks; nodes' leases and
    reports; haproxy's checks on each node of each API server."""
    parts = (timers.controller_manager.leases, timers.scheduler.leases)
    renewals = sum(1000 / leases.retry_ms for leases in parts)
    beats = 1000 * hosts * (1 / timers.kubelet.renew_ms + 1 / timers.kubelet.report_ms)
    messages = (
        2 * (hosts - 1) * 1000 / timers.etcd.heartbeat_ms
        + renewals * (hosts - 1) / _LOOK_JITTER
        + hosts**2 * 1000 / timers.haproxy.inter_ms
    )
    writes = renewals + beats
    return Cost(messages + writes, writes)


def _machines(timers: Timers, hosts: int) -> Cost:
    """The token's rounds, adverts, Galera's keep-alives between all, haproxy's checks, and the
    stewards' questions. None of them writes."""
    steward = timers.steward
    messages = (
        hosts / (_ROTATION * token_s(timers.corosync, hosts))
        + hosts * 1000 / timers.keepalived.advert_ms
        + hosts * (hosts - 1) * 1000 / timers.galera.keepalive_ms
        + hosts**2 * 1000 / timers.haproxy.inter_ms
        + hosts * 1000 / steward.probe_interval_ms
    )
    return Cost(messages, 0.0)

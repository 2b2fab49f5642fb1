"""What must hold between a cluster's timers. Paths lead into `cluster.timers.values`, where a user
may have set the one that does not fit."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.finding import Finding, SpecPath
from holdfast.timers.cluster.model import ClusterTimers, Leases

_ELECTION_HEARTBEATS = 5
_ELECTION_MAXIMUM_MS = 50_000
"""etcd refuses to start outside of both (server/embed/config.go)."""

_JITTER = 1.2
"""client-go refuses a renew deadline within one jittered retry (leaderelection.go)."""

_RENEWALS = 4
"""Heartbeats of a healthy node that may be late or lost before it is called lost."""

_LOOKS = 4
"""Looks of the node lifecycle controller within one grace period."""

_ADVERT_STEP_MS = {2: 1000, 3: 10}
"""RFC 3768, section 5.3.7 (whole seconds), and RFC 9568, section 5.2.7 (centiseconds)."""


def findings(timers: ClusterTimers) -> tuple[Finding, ...]:
    """All broken rules; none for the profiles that come with Holdfast."""
    return (
        *_etcd(timers),
        *_leases(timers),
        *_heartbeats(timers),
        *_connections(timers),
        *_proxy(timers),
        *_balancers(timers),
    )


def _etcd(timers: ClusterTimers) -> Iterator[Finding]:
    heartbeat, election = timers.etcd.heartbeat_ms, timers.etcd.election_ms
    if election < _ELECTION_HEARTBEATS * heartbeat:
        yield Finding.error(
            "cluster-timers-election",
            f"etcd refuses an election timeout of {election} ms with heartbeats every "
            f"{heartbeat} ms",
            f"make it {_ELECTION_HEARTBEATS} heartbeats or more; 10 are usual",
            _timer("etcd.election_ms"),
        )
    if election > _ELECTION_MAXIMUM_MS:
        yield Finding.error(
            "cluster-timers-election-long",
            f"etcd refuses an election timeout of {election} ms",
            f"use {_ELECTION_MAXIMUM_MS} ms at most",
            _timer("etcd.election_ms"),
        )


def _leases(timers: ClusterTimers) -> Iterator[Finding]:
    """Where both have the same ones, it is said once."""
    parts = {
        timers.scheduler.leases: "scheduler.leases",
        timers.controller_manager.leases: "controller_manager.leases",
    }
    for leases, group in sorted(parts.items(), key=lambda each: each[0].duration_ms):
        yield from _lease(leases, group, timers.etcd.election_ms)


def _lease(leases: Leases, group: str, election_ms: int) -> Iterator[Finding]:
    if leases.renew_ms >= leases.duration_ms:
        yield Finding.error(
            "cluster-timers-renew",
            f"a leader may try for {leases.renew_ms} ms to renew a lease of {leases.duration_ms} "
            "ms: two might lead at once",
            "make renew shorter than duration",
            _timer(f"{group}.renew_ms"),
        )
    if leases.renew_ms <= _JITTER * leases.retry_ms:
        yield Finding.error(
            "cluster-timers-retry",
            f"with a retry every {leases.retry_ms} ms no second try fits into {leases.renew_ms} ms",
            f"make renew longer than {_JITTER} x retry",
            _timer(f"{group}.retry_ms"),
        )
    if leases.renew_ms < 2 * election_ms:
        yield Finding.warning(
            "cluster-timers-lease-election",
            f"a leader that may not renew for {leases.renew_ms} ms gives up, and an election of "
            f"etcd may take {2 * election_ms} ms: one lost node would cost two takeovers",
            "make renew twice etcd's election timeout or more",
            _timer(f"{group}.renew_ms"),
        )


def _heartbeats(timers: ClusterTimers) -> Iterator[Finding]:
    grace, monitor = timers.controller_manager.grace_ms, timers.controller_manager.monitor_ms
    renew = timers.kubelet.renew_ms
    if grace < _RENEWALS * renew:
        yield Finding.error(
            "cluster-timers-grace",
            f"a node is called lost after {grace} ms, but speaks only every {renew} ms (a quarter "
            f"of its lease of {timers.kubelet.lease_s} s)",
            f"make grace {_RENEWALS} x {renew} ms or more, or the nodes' lease shorter",
            _timer("controller_manager.grace_ms"),
        )
    if monitor * _LOOKS > grace:
        yield Finding.warning(
            "cluster-timers-monitor",
            f"nodes are looked at every {monitor} ms: that alone adds up to it to {grace} ms",
            f"make monitor a {_LOOKS}th of grace or less",
            _timer("controller_manager.monitor_ms"),
        )


def _connections(timers: ClusterTimers) -> Iterator[Finding]:
    dead_ms = 1000 * (timers.connections.read_idle_s + timers.connections.ping_s)
    if dead_ms > timers.controller_manager.grace_ms:
        yield Finding.error(
            "cluster-timers-connection",
            f"a kubelet may hold on to a dead API server for {dead_ms} ms, longer than the "
            f"{timers.controller_manager.grace_ms} ms after which its node is called lost",
            "make grace longer",
            _timer("controller_manager.grace_ms"),
        )


def _proxy(timers: ClusterTimers) -> Iterator[Finding]:
    if timers.kube_proxy.min_sync_ms > timers.kube_proxy.sync_ms:
        yield Finding.error(
            "cluster-timers-sync",
            f"kube-proxy refuses to write rules every {timers.kube_proxy.sync_ms} ms but not more "
            f"often than every {timers.kube_proxy.min_sync_ms} ms",
            "make min_sync shorter than sync",
            _timer("kube_proxy.min_sync_ms"),
        )


def _balancers(timers: ClusterTimers) -> Iterator[Finding]:
    if timers.haproxy.fastinter_ms > timers.haproxy.inter_ms:
        yield Finding.warning(
            "cluster-timers-inter",
            "haproxy would look less often at a server in doubt than at a good one",
            "make fastinter shorter than inter",
            _timer("haproxy.inter_ms"),
        )
    advert, version = timers.keepalived.advert_ms, timers.keepalived.version
    if advert % _ADVERT_STEP_MS[version]:
        yield Finding.error(
            "cluster-timers-advert",
            f"VRRP version {version} cannot advertise every {advert} ms",
            f"use a multiple of {_ADVERT_STEP_MS[version]} ms",
            _timer("keepalived.advert_ms"),
        )


def _timer(name: str) -> SpecPath:
    return ("cluster", "timers", "values", name)

"""How often healthy parts would be taken for dead ones, by the timers.

Whatever runs is halted now and then: by the scheduler, a slow disk, a hypervisor. A pause that is
longer than a watcher's patience is a false failover. Pauses come at random (Poisson), so many per
day and host, and last as a lognormal law says; of the patience, what network and disk may take on
a bad day goes off first:

    per year = sum over the watched of  n x 365 x pauses x P(pause > patience - rtt - fsync)

The defaults are those of a quiet machine, assumed, not measured: give your own (`--stalls`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import erfc, exp, inf, log, sqrt

from pydantic import Field

from holdfast.converge.model.laws import NINETY, Took
from holdfast.timers.cluster.model import ClusterTimers, Leases
from holdfast.timers.floors import token_s
from holdfast.timers.model import Group, Timers

_BAD_DAY = 3.0902323061678132
"""The standard normal distribution's quantile of 0.999."""

_DAYS = 365


class Stalls(Group):
    """`pauses_per_day` of a process on a host, as long as `pause`; `realtime` are the pauses of
    one that is scheduled before all others, as corosync is; `rtt` between two hosts, `fsync` of
    one write. All in seconds."""

    pauses_per_day: float = Field(default=100.0, ge=0)
    pause: Took = Took(p50=0.005, p90=0.016)
    realtime: Took = Took(p50=0.002, p90=0.006)
    rtt: Took = Took(p50=0.0003, p90=0.001)
    fsync: Took = Took(p50=0.002, p90=0.008)


QUIET = Stalls()
BUSY = Stalls(
    pauses_per_day=300.0,
    pause=Took(p50=0.008, p90=0.025),
    realtime=Took(p50=0.003, p90=0.009),
    rtt=Took(p50=0.001, p90=0.003),
    fsync=Took(p50=0.005, p90=0.02),
)
STALLS = {"quiet": QUIET, "busy": BUSY}


@dataclass(frozen=True)
class Patience:
    """How long a watcher bears silence, in seconds; `watched` of the kind there are. `timers`: the
    names of those that say so. `realtime`: it runs before all others; `disk`: its word is written
    before it is heard."""

    what: str
    seconds: float
    watched: int
    timers: tuple[str, ...]
    realtime: bool = False
    disk: bool = False


@dataclass(frozen=True)
class Risk:
    """False failovers per year that one kind of watcher brings about."""

    what: str
    per_year: float
    timers: tuple[str, ...]


def risks(timers: ClusterTimers | Timers, stalls: Stalls, hosts: int = 3) -> tuple[Risk, ...]:
    """The riskiest first."""
    found = (Risk(p.what, _per_year(p, stalls), p.timers) for p in _patience(timers, hosts))
    return tuple(sorted(found, key=lambda risk: -risk.per_year))


def per_year(timers: ClusterTimers | Timers, stalls: Stalls, hosts: int = 3) -> float:
    """False failovers per year, all watchers together."""
    return sum(risk.per_year for risk in risks(timers, stalls, hosts))


def chance(rate: float) -> float:
    """The probability of one or more of them within a year."""
    return 1 - exp(-rate)


def _per_year(patience: Patience, stalls: Stalls) -> float:
    pause = stalls.realtime if patience.realtime else stalls.pause
    left = patience.seconds - _quantile(stalls.rtt, _BAD_DAY)
    if patience.disk:
        left -= _quantile(stalls.fsync, _BAD_DAY)
    return patience.watched * _DAYS * stalls.pauses_per_day * _longer(pause, left)


def _longer(took: Took, seconds: float) -> float:
    """P(took > seconds), lognormal."""
    if seconds <= 0:
        return 1.0
    if took.p50 == 0:
        return 0.0
    sigma = log(took.p90 / took.p50) / NINETY
    if sigma == 0:
        return float(took.p50 > seconds)
    return erfc(log(seconds / took.p50) / sigma / sqrt(2)) / 2


def _quantile(took: Took, z: float) -> float:
    return took.p50 * (took.p90 / took.p50) ** (z / NINETY) if took.p50 else 0.0


def _patience(timers: ClusterTimers | Timers, hosts: int) -> Iterator[Patience]:
    if isinstance(timers, ClusterTimers):
        return _cluster(timers, hosts)
    return _machines(timers, hosts)


def _cluster(timers: ClusterTimers, hosts: int) -> Iterator[Patience]:
    etcd, manager = timers.etcd, timers.controller_manager
    yield Patience(
        "etcd's followers elect",
        (etcd.election_ms - etcd.heartbeat_ms) / 1000,
        1,
        ("etcd.heartbeat_ms", "etcd.election_ms"),
        disk=True,
    )
    for part, leases in _leases(timers):
        yield Patience(
            f"the {part}'s leader cannot renew its lease",
            (leases.renew_ms - leases.retry_ms) / 1000,
            1,
            (f"{part.replace('-', '_')}.leases.renew_ms",),
            disk=True,
        )
    yield Patience(
        "a node is called NotReady",
        (manager.grace_ms - timers.kubelet.renew_ms - manager.monitor_ms) / 1000,
        hosts,
        ("controller_manager.grace_ms", "kubelet.lease_s"),
        disk=True,
    )
    haproxy = timers.haproxy
    silent = min(haproxy.connect_ms, haproxy.inter_ms)
    yield Patience(
        "haproxy takes an API server out",
        (haproxy.fall * silent + (haproxy.fall - 1) * haproxy.fastinter_ms) / 1000,
        hosts,
        ("haproxy.fall", "haproxy.connect_ms", "haproxy.fastinter_ms"),
    )


def _leases(timers: ClusterTimers) -> Iterator[tuple[str, Leases]]:
    yield "controller-manager", timers.controller_manager.leases
    yield "scheduler", timers.scheduler.leases


def _machines(timers: Timers, hosts: int) -> Iterator[Patience]:
    token, advert = token_s(timers.corosync, hosts), timers.keepalived.advert_ms / 1000
    yield Patience("corosync loses its token", token, hosts, ("corosync.token_ms",), True)
    yield Patience("an address moves", 3 * advert, hosts, ("keepalived.advert_ms",))
    galera, haproxy, steward = timers.galera, timers.haproxy, timers.steward
    yield Patience(
        "Galera suspects a member",
        (galera.suspect_ms - galera.keepalive_ms) / 1000,
        hosts,
        ("galera.suspect_ms", "galera.keepalive_ms"),
    )
    yield Patience(
        "a steward kills its server",
        steward.probe_failures * steward.probe_timeout_ms / 1000,
        hosts,
        ("steward.probe_timeout_ms", "steward.probe_failures"),
    )
    yield Patience(
        "haproxy takes an instance out",
        (haproxy.fall * haproxy.check_ms + (haproxy.fall - 1) * haproxy.fastinter_ms) / 1000,
        hosts,
        ("haproxy.check_ms", "haproxy.fall", "haproxy.fastinter_ms"),
    )
    node = timers.redis.node_timeout_ms / 1000 or inf
    yield Patience("Redis calls a node failed", node, hosts, ("redis.node_timeout_ms",))

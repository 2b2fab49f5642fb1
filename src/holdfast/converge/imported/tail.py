"""The worst case, by the timers alone: what decides how late the last of all users is served.

`predict` draws whole distributions; here is one number for each wait, its longest, and who sets it.
Waits for the same thing overlap, so their maximum counts; waits one after the other add up.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from holdfast.converge.imported import pools
from holdfast.converge.imported.reading import Pool, Server
from holdfast.converge.imported.spelling import at, setting, settings
from holdfast.converge.imported.values import Imported, Value
from holdfast.converge.model.balancers import Checks
from holdfast.finding import Where
from holdfast.timers import floors
from holdfast.timers.cluster.model import ClusterTimers
from holdfast.timers.cluster.profiles import PROFILES as CLUSTER_PROFILES
from holdfast.timers.model import Group, Keepalived, Timers
from holdfast.timers.profiles import PROFILES

_STANDBY_LOOK = 2.2
"""A standby looks every retry x (1 .. 2.2): JitterFactor, client-go/tools/leaderelection."""

_ELECTION = 2
"""etcd's followers wait for one to two election timeouts (raft, randomizedElectionTimeout)."""


@dataclass(frozen=True)
class Wait:
    """One wait: its longest in seconds (inf: nothing ends it), who sets it, and a way out."""

    part: str
    seconds: float
    text: str
    origin: str
    where: Where
    timers: tuple[str, ...]
    fix: str


@dataclass(frozen=True)
class Tail:
    """A time that users see, under the name that `predict` has for it. `adds`: its waits follow
    each other; else they overlap."""

    time: str
    adds: bool
    waits: tuple[Wait, ...]

    @property
    def seconds(self) -> float:
        if not self.waits:
            return 0.0
        return (sum if self.adds else max)(wait.seconds for wait in self.waits)

    @property
    def dominant(self) -> Wait:
        return max(self.waits, key=lambda wait: wait.seconds)


@dataclass(frozen=True)
class _Ceiling:
    """How long one part takes at most, in seconds, given timers."""

    part: str
    timers: tuple[str, ...]
    seconds: Callable[[Group], float]


def _ms(name: str, times: float = 1) -> Callable[[Group], float]:
    return lambda timers: times * at(timers, name) / 1000


def _checks(timers: Group) -> float:
    keys = ("inter_ms", "fastinter_ms", "fall", "connect_ms")
    return Checks(*(at(timers, f"haproxy.{key}") for key in keys)).longest_s


def _lease(timers: Group) -> float:
    part = "controller_manager.leases"
    retry = _STANDBY_LOOK * at(timers, f"{part}.retry_ms")
    return (at(timers, f"{part}.duration_ms") + retry) / 1000


def _silent(timers: Group) -> float:
    part = "controller_manager"
    return (at(timers, f"{part}.grace_ms") + at(timers, f"{part}.monitor_ms")) / 1000


def _ping(timers: Group) -> float:
    return float(at(timers, "connections.read_idle_s") + at(timers, "connections.ping_s"))


HAPROXY = "haproxy's checks"
_CHECKS = _Ceiling(
    HAPROXY,
    ("haproxy.inter_ms", "haproxy.fastinter_ms", "haproxy.fall", "haproxy.connect_ms"),
    _checks,
)
_ETCD = _Ceiling("etcd's election", ("etcd.election_ms",), _ms("etcd.election_ms", _ELECTION))
_STUCK = _Ceiling(
    "pings of established connections", ("connections.read_idle_s", "connections.ping_s"), _ping
)
_POD = (
    _ETCD,
    _Ceiling(
        "controller-manager's lease",
        ("controller_manager.leases.duration_ms", "controller_manager.leases.retry_ms"),
        _lease,
    ),
    _Ceiling(
        "the node's grace",
        ("controller_manager.grace_ms", "controller_manager.monitor_ms"),
        _silent,
    ),
    _Ceiling("the toleration", ("apiserver.unreachable_s",), _ms("apiserver.unreachable_s", 1000)),
    _Ceiling("kube-proxy", ("kube_proxy.min_sync_ms",), _ms("kube_proxy.min_sync_ms")),
)


def tails(seen: Imported, objectives: Mapping[str, float]) -> tuple[Tail, ...]:
    """Of everything that the files tell of; `objectives` in seconds choose the way out."""
    found: list[Tail] = []
    objectives = defaultdict(lambda: math.inf, objectives)
    if seen.cluster is not None:
        found.append(Tail("calls", False, tuple(_calls(seen, seen.cluster, objectives["calls"]))))
        found.append(Tail("watch", False, tuple(_established(seen, seen.cluster))))
        rest = [_wait(seen, each, seen.cluster, objectives["pod"] / len(_POD)) for each in _POD]
        found.append(Tail("pod", True, tuple(rest)))
    if seen.machines is not None:
        found.append(Tail("edge", False, tuple(_edge(seen, seen.machines, objectives["edge"]))))
        found.append(Tail("write", False, tuple(_write(seen, seen.machines, objectives["write"]))))
    return tuple(tail for tail in found if tail.waits)


def _calls(seen: Imported, timers: ClusterTimers, objective: float) -> Iterator[Wait]:
    yield _wait(seen, _ETCD, timers, objective)
    yield from _balanced(seen, timers, objective)
    if seen.reads("keepalived"):
        yield _wait(seen, _ADDRESS, timers, objective)


def _established(seen: Imported, timers: ClusterTimers) -> Iterator[Wait]:
    """Connections that were there before the loss: they end by their client's ping, or by the
    balancer's time-out for silence, whichever is first; or with their server."""
    ways = [_STUCK]
    if pools.of(seen.pools, "haproxy"):
        name = "haproxy.server_ms"
        ways.append(_Ceiling("haproxy's time-out", (name,), _ms(name)))
        if timers.haproxy.shutdown_sessions:
            ways.append(_CHECKS)
    if pools.of(seen.pools, "nginx"):
        name = "nginx.timeout_ms"
        ways.append(_Ceiling("nginx' time-out", (name,), _ms(name)))
    yield _wait(seen, min(ways, key=lambda way: way.seconds(timers)), timers, math.inf)


def _balanced(seen: Imported, timers: Group, objective: float) -> Iterator[Wait]:
    if unwatched := next(_unwatched(seen.pools), None):
        yield unwatched
    if any(each.checked for pool in pools.of(seen.pools, "haproxy") for each in pool.servers):
        yield _wait(seen, _CHECKS, timers, objective)
    if pools.of(seen.pools, "nginx"):
        yield _nginx(seen, objective)


def _nginx(seen: Imported, objective: float) -> Wait:
    """Checks are passive: somebody's connection has to run out. Only clusters' profiles have an
    nginx, so the way out is theirs."""
    name = "nginx.connect_ms"
    seconds = seen.number(name) / 1000
    fix = settings((name,), CLUSTER_PROFILES["balanced"]) if seconds > objective else ""
    return _named(seen, "nginx' connect", (name,), seconds, fix)


def _unwatched(balanced: Sequence[Pool]) -> Iterator[Wait]:
    """Servers that stay in for ever; with one server alone there is nothing to choose."""
    for balancer, fix in (("haproxy", "check"), ("nginx", "max_fails=1 fail_timeout=10s")):
        for pool in pools.of(balanced, balancer):
            for server in pool.servers:
                if not server.checked and len(pool.servers) > 1:
                    yield _for_ever(pool, server, fix)


def _for_ever(pool: Pool, server: Server, fix: str) -> Wait:
    fails = server.facts.get("max_fails")
    text = fails.text.replace(" ", "=") if fails else f"server {server.name} without check"
    return Wait(
        f"{pool.balancer}, {pool.name}",
        math.inf,
        text,
        str(server.where),
        server.where,
        (f"{pool.balancer}.max_fails",) if fails else (),
        fix,
    )


def _takeover(timers: Group) -> float:
    return floors.takeover_s(Keepalived(advert_ms=at(timers, "keepalived.advert_ms")))


_ADDRESS = _Ceiling("the address", ("keepalived.advert_ms",), _takeover)


def _edge(seen: Imported, timers: Timers, objective: float) -> Iterator[Wait]:
    if seen.reads("keepalived"):
        yield _wait(seen, _ADDRESS, timers, objective)
    yield from _balanced(seen, timers, objective)


def _write(seen: Imported, timers: Timers, objective: float) -> Iterator[Wait]:
    hosts = max(2, len(seen.members("corosync")))

    def detection(of: Group) -> float:
        assert isinstance(of, Timers)
        return floors.detection_s(of.corosync, hosts)

    token = ("corosync.token_ms", "corosync.token_coefficient_ms")
    if seen.reads("corosync"):
        yield _wait(seen, _Ceiling("corosync's membership", token, detection), timers, objective)
    if seen.reads("galera"):
        names = ("galera.inactive_ms", "galera.suspect_ms")
        ceiling = _Ceiling("Galera's membership", names, _ms("galera.inactive_ms"))
        yield _wait(seen, ceiling, timers, objective)
    if any(fact.name == "redis.cluster-enabled" and fact.value for fact in seen.facts):
        name = "redis.node_timeout_ms"
        yield _wait(seen, _Ceiling("Redis Cluster", (name,), _ms(name, 2)), timers, objective)
    for name in seen.values:
        if name.startswith("sentinel.") and name.endswith(".down_after_ms"):
            yield _named(seen, "Sentinel", (name,), seen.number(name) / 1000, _SENTINEL)
    if seen.reads("patroni"):
        yield _patroni(seen)


_SENTINEL = "a shorter down-after-milliseconds: it is waited out before anything is done"


def _patroni(seen: Imported) -> Wait:
    """The leader's key outlives it by `ttl`; then each replica looks once in `loop_wait`."""
    names = ("patroni.ttl_s", "patroni.loop_wait_s")
    seconds = float(sum(seen.number(name) for name in names))
    fix = "a shorter ttl, but not below loop_wait + 2 x retry_timeout"
    return _named(seen, "Patroni's leader key", names, seconds, fix)


def _wait(seen: Imported, ceiling: _Ceiling, timers: Group, objective: float) -> Wait:
    seconds = ceiling.seconds(timers)
    fix = "" if seconds <= objective else _fix(ceiling, timers, objective)
    return _named(seen, ceiling.part, ceiling.timers, seconds, fix)


def _named(seen: Imported, part: str, names: tuple[str, ...], seconds: float, fix: str) -> Wait:
    said = [seen.values[name] for name in names if name in seen.values]
    first = _leading(said)
    return Wait(part, seconds, _text(said), first.origin, first.where, names, fix)


def _leading(said: Sequence[Value]) -> Value:
    """Where to look: the first that a file has set."""
    return next((value for value in said if value.where.file), said[0])


def _text(said: Sequence[Value]) -> str:
    """As the files say it, each once; what no file says, as it would be spelt."""
    mixed = any(value.where.file for value in said)
    texts = (
        value.text
        if value.where.file
        else setting(value.name, value.value) + (" by default" if mixed else "")
        for value in said
    )
    return ", ".join(dict.fromkeys(texts))


def _fix(ceiling: _Ceiling, timers: Group, objective: float) -> str:
    """From the slowest profile that is quick enough; else from the quickest."""
    profiles: Mapping[str, Group] = (
        CLUSTER_PROFILES if isinstance(timers, ClusterTimers) else PROFILES
    )
    enough = ceiling.seconds(profiles["balanced"]) <= objective
    profile = profiles["balanced" if enough else "fast"]
    most = f"{ceiling.seconds(profile):.3g} s"
    return f"{settings(ceiling.timers, profile)}: at most {most}"

"""Rules between timers: those of Holdfast's own, and some that only others' files can break."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from holdfast.converge.imported.durations import spelt
from holdfast.converge.imported.pools import is_api, number
from holdfast.converge.imported.reading import Pool
from holdfast.converge.imported.values import Imported, Value
from holdfast.finding import Finding, Severity, Where
from holdfast.timers import rules
from holdfast.timers.cluster import rules as cluster_rules

_OTHERS: Mapping[str, tuple[str, ...]] = {
    "etcd.election_ms": ("etcd.heartbeat_ms",),
    "controller_manager.grace_ms": (
        "kubelet.lease_s",
        "connections.read_idle_s",
        "connections.ping_s",
    ),
    "controller_manager.monitor_ms": ("controller_manager.grace_ms",),
    "kube_proxy.min_sync_ms": ("kube_proxy.sync_ms",),
    "haproxy.inter_ms": ("haproxy.fastinter_ms",),
    "keepalived.advert_ms": ("keepalived.version",),
    **{
        f"{part}.leases.{name}": (f"{part}.leases.{other}",)
        for part in ("controller_manager", "scheduler")
        for name, other in (("renew_ms", "duration_ms"), ("retry_ms", "renew_ms"))
    },
}
"""What a timer that a rule is about has to fit to."""

_CODES: Mapping[str, tuple[str, ...]] = {
    "timers-token": ("corosync.token_ms",),
    "timers-knet": ("corosync.token_ms", "corosync.knet_ping_timeout_ms"),
    "timers-knet-order": ("corosync.knet_ping_timeout_ms", "corosync.knet_ping_interval_ms"),
    "timers-check": ("haproxy.fall", "haproxy.check_ms"),
    "timers-inter": ("haproxy.fastinter_ms", "haproxy.inter_ms"),
    "timers-status": (
        "postgresql.wal_receiver_status_interval_s",
        "postgresql.wal_sender_timeout_ms",
    ),
    "timers-node": ("redis.node_timeout_ms", "corosync.token_ms"),
    "timers-repl": ("redis.repl_ping_period_s", "redis.repl_timeout_s"),
    "timers-galera": ("galera.suspect_ms", "galera.keepalive_ms", "galera.inactive_ms"),
}
"""The same for the findings of machines; others are Holdfast's own affair."""

_CONSENSUS = 1.2
"""corosync.conf(5): at least so many tokens, or corosync does not start."""


def check(seen: Imported, objectives: Mapping[str, float]) -> Iterator[Finding]:
    yield from _cluster(seen)
    yield from _machines(seen)
    yield from _consensus(seen)
    yield from _patroni(seen)
    for pool in seen.pools:
        yield from _nginx(pool)
        yield from _idle(seen, pool)


def _cluster(seen: Imported) -> Iterator[Finding]:
    if seen.cluster is None:
        return
    for finding in cluster_rules.findings(seen.cluster):
        name = str(finding.path[-1])
        yield _placed(seen, finding, (name, *_OTHERS.get(name, ())))


def _machines(seen: Imported) -> Iterator[Finding]:
    """Only where the files tell of every part that the rule is about."""
    if seen.machines is None:
        return
    told = {name.partition(".")[0] for name, value in seen.values.items() if value.where.file}
    for finding in rules.findings(seen.machines):
        names = _CODES.get(finding.code, ())
        if names and {name.partition(".")[0] for name in names} <= told:
            yield _placed(seen, finding, names)


def _placed(seen: Imported, finding: Finding, names: tuple[str, ...]) -> Finding:
    """Where nobody has set a thing, it is upstream's affair, and worth a note."""
    where = _where(seen, names)
    if where.file:
        return replace(finding, path=(), where=where)
    message = f"{finding.message} ({seen.values[names[0]].origin})"
    return replace(finding, path=(), severity=Severity.NOTE, message=message)


def _where(seen: Imported, names: tuple[str, ...]) -> Where:
    """Of the first that a file has set; else nowhere, as defaults have no place."""
    said = [seen.values[name] for name in names if name in seen.values]
    found: Value | None = next((value for value in said if value.where.file), None)
    return found.where if found else Where()


def _consensus(seen: Imported) -> Iterator[Finding]:
    if "corosync.consensus_ms" in seen.values and seen.number("corosync.consensus_ms"):
        consensus, token = seen.values["corosync.consensus_ms"], seen.number("corosync.token_ms")
        if seen.number("corosync.consensus_ms") < _CONSENSUS * token:
            yield Finding(
                "order-consensus",
                Severity.ERROR,
                f"{consensus.text}: corosync wants {_CONSENSUS} tokens at least, "
                f"{_CONSENSUS * token:g}",
                "remove it: that is its default",
                where=consensus.where,
            )


def _patroni(seen: Imported) -> Iterator[Finding]:
    """Patroni documentation, dynamic configuration: loop_wait + 2 * retry_timeout <= ttl."""
    if not seen.reads("patroni"):
        return
    names = ("patroni.ttl_s", "patroni.loop_wait_s", "patroni.retry_timeout_s")
    ttl, wait, retry = (seen.number(name) for name in names)
    if ttl < wait + 2 * retry:
        yield Finding(
            "order-patroni",
            Severity.WARNING,
            f"ttl {ttl} s is shorter than loop_wait + 2 x retry_timeout = {wait + 2 * retry} s: a "
            "leader that only waits for its store loses the key",
            "make ttl longer, or the other two shorter",
            where=_where(seen, names),
        )


def _nginx(pool: Pool) -> Iterator[Finding]:
    """ngx_stream_upstream_module: out for `fail_timeout`, then somebody's connection tries it."""
    if pool.balancer != "nginx" or len(pool.servers) < 2:
        return
    server = pool.servers[0]
    connect, away = (number(pool, server, key) for key in ("connect_ms", "fail_timeout_ms"))
    if server.checked and connect > away:
        yield Finding(
            "order-fails",
            Severity.WARNING,
            f"a dead server of {pool.name} is left out for {spelt(away)}, then the next client "
            f"waits {spelt(connect)} for it again",
            "make proxy_connect_timeout much shorter than fail_timeout",
            where=server.where,
        )


def _idle(seen: Imported, pool: Pool) -> Iterator[Finding]:
    """Kubernetes' clients keep a quiet connection alive by a ping after `read_idle`."""
    if pool.balancer != "haproxy" or not is_api(pool) or not pool.servers:
        return
    if not seen.number("connections.ping_s"):
        return
    ping_ms = 1000 * seen.number("connections.read_idle_s")
    for key in ("client_ms", "server_ms"):
        fact = pool.facts.get(key)
        if fact and isinstance(fact.value, int) and 0 < fact.value <= ping_ms:
            yield Finding(
                "order-idle",
                Severity.WARNING,
                f"{fact.text} ends quiet connections before their clients' ping after "
                f"{spelt(ping_ms)}: watches are cut and asked anew all the time",
                "make it 10 minutes or more",
                where=fact.where,
            )

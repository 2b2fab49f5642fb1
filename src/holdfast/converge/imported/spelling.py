"""How each timer is spelt where it is set: to say what to write instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from holdfast.converge.imported.durations import spelt
from holdfast.timers.change import named
from holdfast.timers.model import Group
from holdfast.timers.upstream import Scalar

Spell = Callable[[int], str]


def _time(form: str) -> Spell:
    return lambda value: form.format(spelt(value))


def _plain(form: str) -> Spell:
    return lambda value: form.format(value)


def _seconds(form: str) -> Spell:
    return lambda value: form.format(f"{value / 1000:g}")


def _leases(part: str) -> dict[str, Spell]:
    return {
        f"{part}.leases.duration_ms": _time("--leader-elect-lease-duration={}"),
        f"{part}.leases.renew_ms": _time("--leader-elect-renew-deadline={}"),
        f"{part}.leases.retry_ms": _time("--leader-elect-retry-period={}"),
    }


_SPELT: Mapping[str, Spell] = {
    "haproxy.inter_ms": _time("inter {}"),
    "haproxy.fastinter_ms": _time("fastinter {}"),
    "haproxy.fall": _plain("fall {}"),
    "haproxy.connect_ms": _time("timeout connect {}"),
    "nginx.connect_ms": _time("proxy_connect_timeout {}"),
    "nginx.timeout_ms": _time("proxy_timeout {}"),
    "nginx.max_fails": _plain("max_fails={}"),
    "nginx.fail_timeout_ms": _time("fail_timeout={}"),
    "etcd.heartbeat_ms": _plain("--heartbeat-interval={}"),
    "etcd.election_ms": _plain("--election-timeout={}"),
    "apiserver.not_ready_s": _plain("--default-not-ready-toleration-seconds={}"),
    "apiserver.unreachable_s": _plain("--default-unreachable-toleration-seconds={}"),
    "controller_manager.monitor_ms": _time("--node-monitor-period={}"),
    "controller_manager.grace_ms": _time("--node-monitor-grace-period={}"),
    **_leases("controller_manager"),
    **_leases("scheduler"),
    "kubelet.lease_s": _plain("nodeLeaseDurationSeconds: {}"),
    "kube_proxy.min_sync_ms": _time("--iptables-min-sync-period={}"),
    "kube_proxy.sync_ms": _time("--iptables-sync-period={}"),
    "connections.read_idle_s": _plain("HTTP2_READ_IDLE_TIMEOUT_SECONDS={}"),
    "connections.ping_s": _plain("HTTP2_PING_TIMEOUT_SECONDS={}"),
    "keepalived.advert_ms": _seconds("advert_int {}"),
    "corosync.token_ms": _plain("token: {}"),
    "corosync.token_coefficient_ms": _plain("token_coefficient: {}"),
    "galera.suspect_ms": _seconds("evs.suspect_timeout=PT{}S"),
    "galera.inactive_ms": _seconds("evs.inactive_timeout=PT{}S"),
    "redis.node_timeout_ms": _plain("cluster-node-timeout {}"),
    "patroni.ttl_s": _plain("ttl: {}"),
    "patroni.loop_wait_s": _plain("loop_wait: {}"),
}


def setting(name: str, value: Scalar) -> str:
    """As it would stand in its file; `name value` for what is not spelt here."""
    if name in _SPELT and isinstance(value, int):
        return _SPELT[name](value)
    return f"{name} {value}"


def settings(names: Iterable[str], timers: Group) -> str:
    """Those of a profile, one after the other."""
    return ", ".join(setting(name, at(timers, name)) for name in names)


def at(timers: Group, name: str) -> int:
    """The number under a dotted name; 0 where there is none."""
    found = named(timers)[name]
    return found if isinstance(found, int) else 0

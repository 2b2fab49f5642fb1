"""A profile with the single timers that a spec has set."""

from __future__ import annotations

from typing import Any, TypeVar

from holdfast.spec.cluster import Cluster
from holdfast.timers.change import chosen
from holdfast.timers.cluster.model import ClusterTimers
from holdfast.timers.cluster.profiles import PROFILES
from holdfast.timers.model import Group


def tuned(cluster: Cluster) -> ClusterTimers:
    timing, tune = cluster.timers, cluster.tune
    base = chosen(PROFILES, timing.profile, timing.values)
    leases = {
        "duration_ms": _ms(tune.leases.duration),
        "renew_ms": _ms(tune.leases.renew),
        "retry_ms": _ms(tune.leases.retry),
    }
    controllers, nodes = base.controller_manager, tune.nodes
    tolerate = _whole(nodes.tolerate)
    return base.model_copy(
        update={
            "etcd": _with(
                base.etcd,
                {"heartbeat_ms": _ms(tune.etcd.heartbeat), "election_ms": _ms(tune.etcd.election)},
            ),
            "apiserver": _with(
                base.apiserver, {"not_ready_s": tolerate, "unreachable_s": tolerate}
            ),
            "controller_manager": _with(
                controllers,
                {
                    "monitor_ms": _ms(nodes.monitor),
                    "grace_ms": _ms(nodes.grace),
                    "leases": _with(controllers.leases, leases),
                },
            ),
            "scheduler": _with(base.scheduler, {"leases": _with(base.scheduler.leases, leases)}),
            "kubelet": _with(
                base.kubelet, {"status_ms": _ms(nodes.status), "lease_s": _whole(nodes.lease)}
            ),
            "kube_proxy": _with(
                base.kube_proxy,
                {"sync_ms": _ms(tune.proxy.sync), "min_sync_ms": _ms(tune.proxy.min_sync)},
            ),
            **_balancers(cluster, base),
        }
    )


def _balancers(cluster: Cluster, base: ClusterTimers) -> dict[str, Any]:
    tune = cluster.tune.balancer
    connect = {"connect_ms": _ms(tune.connect)}
    return {
        "haproxy": _with(base.haproxy, {**connect, "inter_ms": _ms(tune.check)}),
        "nginx": _with(base.nginx, connect),
        "keepalived": _with(base.keepalived, {"advert_ms": _ms(tune.advert)}),
    }


G = TypeVar("G", bound=Group)


def _with(group: G, values: dict[str, Any]) -> G:
    return group.model_copy(update={key: v for key, v in values.items() if v is not None})


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)

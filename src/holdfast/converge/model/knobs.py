"""What can be tuned: timers that belong together, with settings from patient to quick. Within one
setting the rules between timers hold; between settings, `tune` asks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Setting = Mapping[str, Any]


@dataclass(frozen=True)
class Knob:
    """`settings`: timers by name, the most patient first."""

    name: str
    settings: tuple[Setting, ...]


def _rows(names: str, *rows: tuple[Any, ...]) -> tuple[Setting, ...]:
    return tuple(dict(zip(names.split(), row, strict=True)) for row in rows)


_MANAGER, _SCHEDULER = "controller_manager.leases", "scheduler.leases"

_LEASES = tuple(
    {
        f"{part}.{field}": value
        for part in (_MANAGER, _SCHEDULER)
        for field, value in zip(("duration_ms", "renew_ms", "retry_ms"), row, strict=True)
    }
    for row in (
        (15_000, 10_000, 2000),
        (8000, 5000, 1000),
        (5000, 4000, 500),
        (4000, 3000, 400),
        (3000, 2000, 250),
    )
)

_CHECKS = _rows(
    "haproxy.inter_ms haproxy.fastinter_ms haproxy.downinter_ms haproxy.fall",
    (2000, 2000, 2000, 3),
    (2000, 500, 2000, 3),
    (1000, 500, 1000, 3),
    (500, 200, 500, 3),
    (300, 100, 500, 2),
)

CLUSTER = (
    Knob(
        "etcd's election",
        _rows("etcd.heartbeat_ms etcd.election_ms", (100, 1000), (75, 750), (50, 500), (50, 250)),
    ),
    Knob("leader election", _LEASES),
    Knob(
        "the nodes' grace period",
        _rows(
            "controller_manager.grace_ms controller_manager.monitor_ms kubelet.lease_s"
            " kubelet.status_ms",
            (50_000, 5000, 40, 10_000),
            (24_000, 2000, 20, 5000),
            (15_000, 1000, 12, 4000),
            (8000, 500, 8, 2000),
            (6000, 500, 4, 1000),
            (4000, 250, 4, 1000),
        ),
    ),
    Knob(
        "toleration of lost nodes",
        _rows(
            "apiserver.unreachable_s apiserver.not_ready_s",
            *((seconds, seconds) for seconds in (300, 120, 60, 30, 10, 5, 0)),
        ),
    ),
    Knob(
        "kube-proxy's least interval",
        _rows(
            "kube_proxy.min_sync_ms kube_proxy.sync_ms",
            (10_000, 30_000),
            (1000, 30_000),
            (1, 30_000),
        ),
    ),
    Knob("haproxy's checks", _CHECKS),
    Knob("haproxy's connect", _rows("haproxy.connect_ms", (5000,), (1000,), (300,))),
    Knob("the own API server first", _rows("haproxy.own_first", (True,))),
    Knob("sessions end with their server", _rows("haproxy.shutdown_sessions", (True,))),
    Knob(
        "HTTP/2's health",
        _rows(
            "connections.read_idle_s connections.ping_s", (30, 15), (10, 10), (5, 5), (3, 3), (2, 2)
        ),
    ),
    Knob(
        "nginx' dead servers",
        _rows(
            "nginx.connect_ms nginx.max_fails nginx.fail_timeout_ms",
            (1000, 1, 10_000),
            (300, 1, 5000),
        ),
    ),
    Knob("nginx' silent connections", _rows("nginx.keepalive_s", (5,), (2,))),
)

MACHINES = (
    Knob(
        "corosync's token",
        _rows(
            "corosync.token_ms corosync.token_coefficient_ms corosync.knet_ping_interval_ms"
            " corosync.knet_ping_timeout_ms",
            (3000, 0, None, None),
            (2000, 0, None, None),
            (1000, 0, None, None),
            (600, 0, None, None),
            (500, 0, None, None),
            (400, 0, None, None),
            (300, 0, 200, 400),
            (200, 0, 200, 400),
        ),
    ),
    Knob(
        "adverts of an address",
        _rows("keepalived.advert_ms", *((ms,) for ms in (1000, 500, 300, 200, 100))),
    ),
    Knob(
        "haproxy's connect", _rows("haproxy.connect_ms", *((ms,) for ms in (5000, 1000, 500, 200)))
    ),
    Knob(
        "Galera's suspicion",
        _rows(
            "galera.keepalive_ms galera.suspect_ms galera.inactive_ms galera.inactive_check_ms"
            " galera.join_retrans_ms galera.install_ms",
            (1000, 5000, 15_000, 500, 1000, 7500),
            (500, 2000, 4000, 200, 500, 2000),
            (300, 1000, 2000, 100, 300, 1500),
            (200, 1000, 1500, 100, 200, 1500),
        ),
    ),
    Knob(
        "patience with a server that hangs",
        _rows(
            "steward.probe_interval_ms steward.probe_timeout_ms steward.watchdog_s",
            (500, 1000, 5),
            (200, 600, 3),
            (100, 400, 2),
            (100, 300, 2),
        ),
    ),
    Knob(
        "a standby's retries",
        _rows(
            "postgresql.wal_retrieve_retry_interval_ms", *((ms,) for ms in (5000, 1000, 200, 50))
        ),
    ),
    Knob(
        "Redis' node timeout",
        _rows("redis.node_timeout_ms", *((ms,) for ms in (15_000, 6000, 3000))),
    ),
)

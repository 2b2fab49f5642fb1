"""What a part does when its configuration says nothing, by version, and where that is documented.

The newest defaults are the numbers of the *stock* profiles; here is who has set them, where that
can be read, and what older versions did. Where a stock profile has to choose a number though the
part has none of its own, here is what really happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Scalar = int | float | bool | str | None

FOREVER_MS = 2**31 - 1
"""haproxy's longest timer, 24 days (TIMER_LOOK_BACK in its source): what it takes no time-out
for. Used for every wait that nothing ends."""

SYN_MS = 127_000
"""Linux sends a SYN seven times, 1 + 2 + 4 + ... + 64 s (tcp(7), tcp_syn_retries = 6)."""

CURRENT: Mapping[str, str] = {
    "corosync": "3.1",
    "etcd": "3.5",
    "galera": "26.4",
    "haproxy": "3.0",
    "keepalived": "2.3",
    "kubernetes": "1.36",
    "linux": "6.12",
    "nginx": "1.26",
    "pacemaker": "3.0",
    "patroni": "4.0",
    "postgresql": "17",
    "redis": "8.0",
    "systemd": "257",
}
"""The versions taken for granted where nobody names one: Debian 13's, and the cluster's own."""


class _Stock:
    """The number of the stock profile."""


STOCK = _Stock()


@dataclass(frozen=True)
class Default:
    """`value` since the first version of `product` it is listed with, oldest first."""

    product: str
    source: str
    values: tuple[tuple[str, Scalar | _Stock], ...] = (("0", STOCK),)

    def of(self, version: str, stock: Scalar) -> Scalar:
        """The value in that version."""
        fitting = [value for since, value in self.values if number(since) <= number(version)]
        found = fitting[-1] if fitting else self.values[0][1]
        return stock if isinstance(found, _Stock) else found


def number(version: str) -> tuple[int, ...]:
    """`v1.31.2` as (1, 31, 2); what is no number ends it."""
    parts: list[int] = []
    for part in version.lstrip("v").split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        parts.append(int(digits))
    return tuple(parts)


def _fixed(product: str, source: str, value: Scalar) -> Default:
    return Default(product, source, (("0", value),))


_LEADER = Default("kubernetes", "k8s.io/component-base/config/v1alpha1/defaults.go")
_PING = Default(
    "kubernetes",
    "k8s.io/apimachinery/pkg/util/net/http.go; no pings before 1.20",
    # Without them the kernel's retransmissions end a connection: tcp_retries2 = 15, about 924 s.
    (("0", 924), ("1.20", STOCK)),
)
_TOLERATION = Default(
    "kubernetes", "plugin/pkg/admission/defaulttolerationseconds/admission.go; always 300 s"
)
_HAPROXY_CHECK = Default("haproxy", "configuration manual, section 5.2 (inter, fall, rise)")
_EVS = Default("galera", "Galera documentation, wsrep_provider_options")
_KNET = Default("corosync", "corosync.conf(5): derived from the token")

CLUSTER: Mapping[str, Default] = {
    "etcd.heartbeat_ms": Default("etcd", "server/embed/config.go, TickMs"),
    "etcd.election_ms": Default("etcd", "server/embed/config.go, ElectionMs"),
    "apiserver.not_ready_s": _TOLERATION,
    "apiserver.unreachable_s": _TOLERATION,
    "controller_manager.monitor_ms": Default(
        "kubernetes", "pkg/controller/nodelifecycle/config/v1alpha1/defaults.go and its flags"
    ),
    "controller_manager.grace_ms": Default(
        "kubernetes",
        "pkg/controller/nodelifecycle/config/v1alpha1/defaults.go; 40 s before 1.32",
        (("0", 40_000), ("1.32", STOCK)),
    ),
    **{
        f"{part}.leases.{key}": _LEADER
        for part in ("controller_manager", "scheduler")
        for key in ("duration_ms", "renew_ms", "retry_ms")
    },
    "kubelet.status_ms": Default("kubernetes", "pkg/kubelet/apis/config/v1beta1/defaults.go"),
    "kubelet.report_ms": Default("kubernetes", "pkg/kubelet/apis/config/v1beta1/defaults.go"),
    "kubelet.lease_s": Default("kubernetes", "pkg/kubelet/apis/config/v1beta1/defaults.go"),
    "kube_proxy.sync_ms": Default("kubernetes", "pkg/proxy/apis/config/v1alpha1/defaults.go"),
    "kube_proxy.min_sync_ms": Default(
        "kubernetes",
        "pkg/proxy/apis/config/v1alpha1/defaults.go; 0 before 1.19",
        # Nothing is faster than the rules' writing itself.
        (("0", 1), ("1.19", STOCK)),
    ),
    "connections.read_idle_s": _PING,
    "connections.ping_s": Default("kubernetes", _PING.source, (("0", 0), ("1.20", STOCK))),
    "nginx.connect_ms": Default("nginx", "proxy_connect_timeout"),
    "nginx.timeout_ms": Default("nginx", "ngx_stream_proxy_module, proxy_timeout"),
    "nginx.max_fails": Default("nginx", "ngx_stream_upstream_module, max_fails"),
    "nginx.fail_timeout_ms": Default("nginx", "ngx_stream_upstream_module, fail_timeout"),
    "nginx.keepalive_s": Default("nginx", "proxy_socket_keepalive off"),
}

BALANCERS: Mapping[str, Default] = {
    "haproxy.connect_ms": _fixed(
        "linux", "haproxy has no default for timeout connect: tcp(7), tcp_syn_retries", SYN_MS
    ),
    "haproxy.client_ms": _fixed("haproxy", "no default for timeout client: for ever", FOREVER_MS),
    "haproxy.server_ms": _fixed("haproxy", "no default for timeout server: for ever", FOREVER_MS),
    "haproxy.check_ms": Default("haproxy", "without timeout check: inter, section 4.2"),
    "haproxy.inter_ms": _HAPROXY_CHECK,
    "haproxy.fastinter_ms": _HAPROXY_CHECK,
    "haproxy.downinter_ms": _HAPROXY_CHECK,
    "haproxy.fall": _HAPROXY_CHECK,
    "haproxy.rise": _HAPROXY_CHECK,
    "haproxy.retries": Default("haproxy", "configuration manual, section 4.2, retries"),
    "haproxy.queue_ms": Default("haproxy", "without timeout queue: timeout connect"),
    "haproxy.fin_ms": Default("haproxy", "without timeout server-fin: timeout server"),
    "haproxy.own_first": Default("haproxy", "no server is 'backup'"),
    "haproxy.shutdown_sessions": Default("haproxy", "section 5.2, on-marked-down"),
    "haproxy.hello_check": Default("haproxy", "section 4.2: a check is a connection"),
    "keepalived.preempt_delay_ms": Default("keepalived", "keepalived.conf(5), preempt_delay"),
    "keepalived.advert_ms": Default("keepalived", "keepalived.conf(5), advert_int"),
    "keepalived.version": Default("keepalived", "keepalived.conf(5), vrrp_version"),
    "systemd.restart_ms": Default("systemd", "systemd.service(5), RestartSec="),
}

MACHINES: Mapping[str, Default] = {
    "corosync.token_ms": Default(
        "corosync", "corosync.conf(5), token; 1000 before 3.1", (("0", 1000), ("3.1", STOCK))
    ),
    "corosync.token_coefficient_ms": Default("corosync", "corosync.conf(5), token_coefficient"),
    "corosync.knet_ping_interval_ms": _KNET,
    "corosync.knet_ping_timeout_ms": _KNET,
    **{
        f"postgresql.{key}": Default("postgresql", "PostgreSQL documentation, chapter 19")
        for key in (
            "wal_receiver_timeout_ms",
            "wal_sender_timeout_ms",
            "wal_receiver_status_interval_s",
            "wal_retrieve_retry_interval_ms",
            "max_standby_delay_ms",
        )
    },
    "postgresql.tcp_user_timeout_ms": Default("linux", "tcp(7), TCP_USER_TIMEOUT"),
    "postgresql.keepalives_idle_s": Default("linux", "tcp(7), tcp_keepalive_time"),
    "postgresql.keepalives_interval_s": Default("linux", "tcp(7), tcp_keepalive_intvl"),
    "postgresql.keepalives_count": Default("linux", "tcp(7), tcp_keepalive_probes"),
    "redis.node_timeout_ms": Default("redis", "redis.conf, cluster-node-timeout"),
    "redis.repl_timeout_s": Default("redis", "redis.conf, repl-timeout"),
    "redis.repl_ping_period_s": Default("redis", "redis.conf, repl-ping-replica-period"),
    **{
        f"pacemaker.{key}": Default("pacemaker", "pacemaker-controld(7), cluster options")
        for key in ("dc_deadtime_s", "stonith_timeout_s", "stonith_attempts", "recheck_s")
    },
    "pacemaker.failure_timeout_s": Default("pacemaker", "Pacemaker Explained, meta-attributes"),
    "pacemaker.operation_s": _fixed("pacemaker", "Pacemaker Explained, operations", 20),
    **{
        f"galera.{key}": _EVS
        for key in (
            "keepalive_ms",
            "suspect_ms",
            "inactive_ms",
            "inactive_check_ms",
            "install_ms",
            "join_retrans_ms",
            "peer_ms",
            "forget_ms",
        )
    },
}

BESIDES: Mapping[str, Default] = {
    "corosync.consensus_ms": _fixed("corosync", "corosync.conf(5): 1.2 x token", None),
    "pacemaker.stonith_enabled": _fixed("pacemaker", "pacemaker-controld(7)", True),
    "pacemaker.no_quorum_policy": _fixed("pacemaker", "pacemaker-schedulerd(7)", "stop"),
    "patroni.ttl_s": _fixed("patroni", "Patroni documentation, dynamic configuration", 30),
    "patroni.loop_wait_s": _fixed("patroni", "Patroni documentation, dynamic configuration", 10),
    "patroni.retry_timeout_s": _fixed(
        "patroni", "Patroni documentation, dynamic configuration", 10
    ),
}
"""What has no place in Timers, but decides something where it is used."""

"""haproxy before the API servers: on every node, or on the outside pair."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.bundle import File
from holdfast.cluster.model import ClusterPlan
from holdfast.cluster.places import ADDRESS_UNIT, API_PORT, HAPROXY_UNIT, KERNEL_UNIT
from holdfast.formats.haproxy import Section, line, render
from holdfast.plan.model import PlannedHost
from holdfast.platforms.machines.confinement import COMMON
from holdfast.platforms.machines.units import drop_in, restart

CONFIG = "/etc/haproxy/haproxy.cfg"
SOCKET = "/run/haproxy/admin.sock"
BACKEND = "apiservers"


def files(plan: ClusterPlan, host: PlannedHost) -> Iterator[File]:
    yield File(host.name, CONFIG, configuration(plan, host), restarts=(HAPROXY_UNIT,))
    # where its address is not here yet, the kernel has to allow that it listens there
    before = ADDRESS_UNIT if plan.endpoint.design == "per-node" else KERNEL_UNIT
    yield drop_in(
        host.name,
        HAPROXY_UNIT,
        [
            *restart(plan.timers.systemd.restart_ms),
            *COMMON,
            "ReadWritePaths=/run /var/lib/haproxy",
            "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
            "CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_SETUID CAP_SETGID CAP_SYS_CHROOT"
            " CAP_CHOWN CAP_FOWNER CAP_DAC_OVERRIDE CAP_KILL",
            "CPUWeight=1000",
        ],
        [f"After={before}"],
    )


def configuration(plan: ClusterPlan, host: PlannedHost) -> str:
    return render([_global(), _defaults(plan), _frontend(plan, host), _backend(plan, host)])


def _global() -> Section:
    return Section(
        "global",
        "",
        (
            line("log stdout format iso local0 info"),
            line("user haproxy"),
            line("group haproxy"),
            line("chroot /var/lib/haproxy"),
            line(f"stats socket {SOCKET} mode 600 level admin"),
            line("maxconn 4000"),
            line("nbthread 2"),
        ),
    )


def _defaults(plan: ClusterPlan) -> Section:
    timers = plan.timers.haproxy
    lines = [
        line("mode tcp"),
        line("log global"),
        line("option dontlog-normal"),
        line("option redispatch 1"),
        line(f"retries {timers.retries}"),
        line(f"timeout connect {timers.connect_ms}ms"),
        line(f"timeout client {timers.client_ms}ms"),
        line(f"timeout server {timers.server_ms}ms"),
    ]
    if timers.queue_ms is not None:
        lines.append(line(f"timeout queue {timers.queue_ms}ms"))
    if timers.fin_ms is not None:
        lines += [line(f"timeout {side}-fin {timers.fin_ms}ms") for side in ("client", "server")]
    return Section("defaults", "", tuple(lines))


def _frontend(plan: ClusterPlan, host: PlannedHost) -> Section:
    """Per node also on the node's own address, for people and programs outside the cluster."""
    endpoint = plan.endpoint
    binds = [line(f"bind {endpoint.address}:{endpoint.port}")]
    if endpoint.design == "per-node":
        binds.append(line(f"bind {host.address}:{endpoint.port}"))
    return Section("frontend", "api", (*binds, line(f"default_backend {BACKEND}")))


def _backend(plan: ClusterPlan, host: PlannedHost) -> Section:
    timers = plan.timers.haproxy
    lines = [line("balance roundrobin")]
    if timers.hello_check:
        lines.append(line("option ssl-hello-chk"))
    if _prefers(plan, host):
        lines.append(line("option allbackups"))
    closing = " on-marked-down shutdown-sessions" if timers.shutdown_sessions else ""
    lines.append(
        line(
            f"default-server inter {timers.inter_ms}ms fastinter {timers.fastinter_ms}ms"
            f" downinter {timers.downinter_ms}ms fall {timers.fall} rise {timers.rise}{closing}"
        )
    )
    for node in plan.nodes:
        second = " backup" if _prefers(plan, host) and node.name != host.name else ""
        lines.append(line(f"server {node.name} {node.address}:{API_PORT} check{second}"))
    return Section("backend", BACKEND, tuple(lines))


def _prefers(plan: ClusterPlan, host: PlannedHost) -> bool:
    """A node asks its own API server as long as that one answers."""
    return plan.timers.haproxy.own_first and any(node.name == host.name for node in plan.nodes)

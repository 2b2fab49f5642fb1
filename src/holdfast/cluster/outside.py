"""The outside pair: nginx (or haproxy), and keepalived with conntrackd for its address."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.bundle import File
from holdfast.cluster import balancer
from holdfast.cluster.model import Balancer, ClusterPlan
from holdfast.cluster.places import (
    API_PORT,
    CONNTRACK_PORT,
    CONNTRACKD_UNIT,
    HAPROXY_UNIT,
    KEEPALIVED_UNIT,
    KERNEL_UNIT,
    NGINX_UNIT,
)
from holdfast.formats import blocks
from holdfast.formats.blocks import Block, Leaf, block, leaf
from holdfast.formats.postgresql import Value, settings
from holdfast.platforms.machines.confinement import COMMON
from holdfast.platforms.machines.units import drop_in, restart

NGINX_CONFIG = "/etc/nginx/nginx.conf"
KEEPALIVED_CONFIG = "/etc/keepalived/keepalived.conf"
CONNTRACKD_CONFIG = "/etc/conntrackd/conntrackd.conf"
NOTIFY = "/etc/keepalived/conntrack"
ALIVE = "/etc/keepalived/alive"

_KEEPALIVE_TRIES = 3
_LOOK_S = 1
"""The least that keepalived takes."""

_NOTIFY_SCRIPT = """\
#!/bin/sh
# keepalived calls this with the kind and the name of what changed, and its new state.
case "$3" in
MASTER)
    # What the other one knew becomes ours: into the kernel, and back to the other one.
    conntrackd -c
    conntrackd -f
    conntrackd -R
    conntrackd -B
    ;;
BACKUP)
    conntrackd -t
    conntrackd -n
    ;;
*)
    conntrackd -t
    ;;
esac
"""


def unit(plan: ClusterPlan) -> str:
    return NGINX_UNIT if plan.endpoint.program == "nginx" else HAPROXY_UNIT


def files(plan: ClusterPlan, host: Balancer) -> Iterator[File]:
    yield File(
        host.name,
        "/etc/sysctl.d/60-cluster.conf",
        settings(_kernel(plan)),
        restarts=(KERNEL_UNIT,),
    )
    if plan.endpoint.program == "nginx":
        yield from _nginx(plan, host)
    else:
        yield from balancer.files(plan, host)
    conntrack, address = (CONNTRACKD_UNIT,), (KEEPALIVED_UNIT,)
    yield File(host.name, CONNTRACKD_CONFIG, conntrackd(plan, host), restarts=conntrack)
    yield drop_in(host.name, CONNTRACKD_UNIT, restart(plan.timers.systemd.restart_ms))
    yield File(host.name, NOTIFY, _NOTIFY_SCRIPT, 0o755)
    alive = f"#!/bin/sh\nexec systemctl is-active --quiet {unit(plan)}\n"
    yield File(host.name, ALIVE, alive, 0o755, reloads=address)
    yield File(host.name, KEEPALIVED_CONFIG, keepalived(plan, host), reloads=address)
    yield drop_in(
        host.name,
        KEEPALIVED_UNIT,
        restart(plan.timers.systemd.restart_ms),
        [f"After={unit(plan)} {CONNTRACKD_UNIT}"],
    )


def _kernel(plan: ClusterPlan) -> Iterator[tuple[str, Value]]:
    """The balancer listens on the pair's address before it is here."""
    yield "net.ipv4.ip_nonlocal_bind", 1
    idle = plan.timers.nginx.keepalive_s
    if plan.endpoint.program == "nginx" and idle is not None:
        # nginx asks the kernel to find out whether an API server lives, and these say how soon.
        yield "net.ipv4.tcp_keepalive_time", idle
        yield "net.ipv4.tcp_keepalive_intvl", 1
        yield "net.ipv4.tcp_keepalive_probes", _KEEPALIVE_TRIES


def _nginx(plan: ClusterPlan, host: Balancer) -> Iterator[File]:
    yield File(host.name, NGINX_CONFIG, nginx(plan), restarts=(NGINX_UNIT,))
    yield drop_in(
        host.name,
        NGINX_UNIT,
        [
            *restart(plan.timers.systemd.restart_ms),
            *COMMON,
            "ReadWritePaths=/run /var/log/nginx /var/lib/nginx",
            "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
        ],
        [f"After={KERNEL_UNIT}"],
    )


def nginx(plan: ClusterPlan) -> str:
    timers, endpoint = plan.timers.nginx, plan.endpoint
    # of all its times, nginx takes this one in whole seconds only
    servers = (
        leaf(
            f"server {node.address}:{API_PORT} weight=1 max_fails={timers.max_fails}"
            f" fail_timeout={timers.fail_timeout_ms // 1000}s"
        )
        for node in plan.nodes
    )
    alive = () if timers.keepalive_s is None else (leaf("proxy_socket_keepalive on"),)
    parts: list[Block | Leaf] = [
        leaf("user www-data"),
        leaf("worker_processes auto"),
        leaf("pid /run/nginx.pid"),
        leaf("error_log /var/log/nginx/error.log warn"),
        leaf("include /etc/nginx/modules-enabled/*.conf"),
        block("events", leaf("worker_connections 4096")),
        block(
            "stream",
            block("upstream apiservers", *servers),
            block(
                "server",
                leaf(f"listen {endpoint.address}:{endpoint.port}"),
                leaf("proxy_pass apiservers"),
                leaf(f"proxy_connect_timeout {timers.connect_ms}ms"),
                leaf(f"proxy_timeout {timers.timeout_ms}ms"),
                *alive,
            ),
        ),
    ]
    return blocks.nginx(parts)


def keepalived(plan: ClusterPlan, host: Balancer) -> str:
    timers, program = plan.timers.keepalived, plan.endpoint.program
    peers = ((str(each.address),) for each in plan.balancers if each.name != host.name)
    return blocks.keepalived(
        [
            block(
                "global_defs",
                ("router_id", host.name),
                ("vrrp_version", str(timers.version)),
                ("enable_script_security",),
                ("script_user", "root"),
            ),
            # Not track_process: the kernel tells of processes in its first network namespace only,
            # and where it does not, keepalived takes the program for gone.
            block(
                f"vrrp_script {program}",
                ("script", ALIVE),
                ("interval", str(_LOOK_S)),
                ("fall", "1"),
                ("rise", "1"),
            ),
            block("vrrp_sync_group cluster", block("group", ("api",)), ("notify", NOTIFY)),
            block(
                "vrrp_instance api",
                ("state", "BACKUP"),
                ("nopreempt",),
                ("interface", host.interface),
                ("virtual_router_id", str(plan.endpoint.vrid)),
                ("priority", str(host.priority)),
                ("advert_int", f"{timers.advert_ms / 1000:g}"),
                ("unicast_src_ip", str(host.address)),
                block("unicast_peer", *peers),
                block("virtual_ipaddress", (f"{plan.endpoint.address}/32", "dev", host.interface)),
                block("track_script", (program,)),
            ),
        ]
    )


def conntrackd(plan: ClusterPlan, host: Balancer) -> str:
    """Each tells the other of its connections. Connections that a balancer has ended itself do not
    survive it; what the kernel forwards for it does."""
    peer = next(each for each in plan.balancers if each.name != host.name)
    return blocks.conntrackd(
        [
            block(
                "Sync",
                block("Mode FTFW", leaf("DisableExternalCache Off")),
                block(
                    "UDP",
                    leaf(f"IPv4_address {host.address}"),
                    leaf(f"IPv4_Destination_Address {peer.address}"),
                    leaf(f"Port {CONNTRACK_PORT}"),
                    leaf(f"Interface {host.interface}"),
                    leaf("Checksum on"),
                ),
            ),
            block(
                "General",
                leaf("Systemd yes"),
                leaf("HashSize 8192"),
                leaf("HashLimit 65536"),
                leaf("Syslog on"),
                leaf("LockFile /run/lock/conntrackd.lock"),
                block("UNIX", leaf("Path /run/conntrackd.ctl")),
                leaf("NetlinkBufferSize 2097152"),
                leaf("NetlinkBufferSizeMaxGrowth 8388608"),
                block(
                    "Filter From Userspace",
                    block("Protocol Accept", leaf("TCP")),
                    block("Address Ignore", leaf("IPv4_address 127.0.0.1")),
                ),
            ),
        ]
    )

"""keepalived.conf: the virtual addresses. One VRRPv3 instance per address, unicast."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.bundle import File
from holdfast.formats.blocks import Block, block, keepalived
from holdfast.plan.model import Plan, PlannedHost, Vip
from holdfast.plan.places import STEWARD_UNIT
from holdfast.platforms.machines.balancer import EDGE_STATE
from holdfast.platforms.machines.balancer import UNIT as BALANCER
from holdfast.platforms.machines.confinement import rooted
from holdfast.platforms.machines.units import drop_in, restart

UNIT = "keepalived.service"

# NET_ADMIN: addresses, over netlink. NET_RAW: VRRP's adverts, and ARP's over packet sockets.
# SYS_NICE: real-time priority.
_CAPABILITIES = ("CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SYS_NICE")
_FAMILIES = ("AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET")
_WRITABLE = ("/run",)

_REALTIME_PRIORITY = 50
"""Below corosync's: an advert that waits for the CPU looks like a dead host."""


def files(plan: Plan, host: PlannedHost) -> Iterator[File]:
    yield File(
        host.name, "/etc/keepalived/keepalived.conf", configuration(plan, host), reloads=(UNIT,)
    )
    # A host that comes back must not draw clients before its balancer knows where they go.
    behind = f"After={BALANCER} {STEWARD_UNIT}"
    service = [
        *restart(plan.timers.systemd.restart_ms),
        *rooted(_CAPABILITIES, _FAMILIES, _WRITABLE),
    ]
    yield drop_in(host.name, UNIT, service, [behind])


def configuration(plan: Plan, host: PlannedHost) -> str:
    return keepalived(
        [
            block(
                "global_defs",
                ("router_id", host.name),
                ("vrrp_version", "3"),
                ("vrrp_rt_priority", str(_REALTIME_PRIORITY)),
            ),
            block("track_file balancer", ("file", EDGE_STATE), ("weight", "1")),
            *(_instance(plan, host, vip) for vip in plan.vips),
        ]
    )


def _instance(plan: Plan, host: PlannedHost, vip: Vip) -> Block:
    peers = [(str(h.address),) for h in plan.hosts if h.name != host.name]
    delay_ms = plan.timers.keepalived.preempt_delay_ms
    return block(
        f"vrrp_instance vip-{vip.vrid}",
        ("state", "BACKUP"),
        ("interface", host.interface),
        ("virtual_router_id", str(vip.vrid)),
        ("priority", str(vip.priorities[host.name])),
        ("advert_int", f"{plan.timers.keepalived.advert_ms / 1000:g}"),
        ("unicast_src_ip", str(host.address)),
        *([("preempt_delay", f"{delay_ms / 1000:g}")] if delay_ms else []),
        block("unicast_peer", *peers),
        block("virtual_ipaddress", (f"{vip.address}/32", "dev", host.interface)),
        block("track_file", ("balancer",)),
    )

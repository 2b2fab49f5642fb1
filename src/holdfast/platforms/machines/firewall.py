"""nftables: what is not listed here is dropped. In a table of its own, beside those of others."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.bundle import File
from holdfast.formats.blocks import AnyOf, Block, Leaf, block, leaf, nftables
from holdfast.formats.ini import render, section
from holdfast.plan.model import Plan, PlannedHost
from holdfast.plan.places import (
    COROSYNC_PORT,
    EDGE_PORT,
    ETC,
    METRICS_PORT,
    PEERS_PORT,
    STEWARD_PORT,
)
from holdfast.platforms.machines.engines import engine
from holdfast.platforms.machines.units import UNITS

UNIT = "holdfast-firewall.service"
RULES = f"{ETC}/firewall.nft"


def files(plan: Plan, host: PlannedHost) -> Iterator[File]:
    yield File(host.name, RULES, ruleset(plan, host), reloads=(UNIT,))
    yield File(host.name, f"{UNITS}/{UNIT}", _unit())


def ruleset(plan: Plan, host: PlannedHost) -> str:
    """Loaded as one transaction: the old table is gone in the moment the new one holds."""
    return nftables(
        [
            leaf("table inet holdfast"),
            leaf("delete table inet holdfast"),
            block("table inet holdfast", _chain(plan, host)),
        ]
    )


def _chain(plan: Plan, host: PlannedHost) -> Block:
    return block(
        "chain input",
        leaf("type filter hook input priority filter; policy drop;"),
        leaf("ct state established,related accept"),
        leaf("iif lo accept"),
        leaf("meta l4proto", AnyOf(("icmp", "ipv6-icmp")), "accept"),
        leaf(f"tcp dport {EDGE_PORT} accept"),
        *_among_hosts(plan, host),
        *_for_operators(plan, host),
    )


def _among_hosts(plan: Plan, host: PlannedHost) -> list[Leaf]:
    hosts = AnyOf(tuple(str(h.address) for h in plan.hosts))
    ports = AnyOf(tuple(str(port) for port in ports_among_hosts(plan, host)))
    return [
        leaf("ip saddr", hosts, "udp", "dport", str(COROSYNC_PORT), "accept"),
        leaf("ip saddr", hosts, "ip", "protocol", "vrrp", "accept"),
        leaf("ip saddr", hosts, "tcp", "dport", ports, "accept"),
    ]


def ports_among_hosts(plan: Plan, host: PlannedHost) -> list[int]:
    """TCP, besides the edge's."""
    services = [i.port for service in plan.services for i in service.on(host.name)]
    return sorted(
        [
            STEWARD_PORT,
            PEERS_PORT,
            *(port for d in plan.datastores for port in engine(d).peer_ports(d)),
            *services,
        ]
    )


def _for_operators(plan: Plan, host: PlannedHost) -> list[Leaf]:
    """Without operators SSH stays open to all; the databases' endpoints and the gateway's
    figures to none."""
    if not plan.operators:
        return [leaf(f"tcp dport {host.ssh.port} accept")]
    ports = AnyOf(tuple(str(port) for port in ports_for_operators(plan, host)))
    return [leaf("ip saddr", AnyOf(plan.operators), "tcp", "dport", ports, "accept")]


def ports_for_operators(plan: Plan, host: PlannedHost) -> list[int]:
    """TCP, besides the edge's."""
    clients = (port for d in plan.datastores for port in engine(d).client_ports(d))
    return [host.ssh.port, METRICS_PORT, *clients]


def _unit() -> str:
    return render(
        [
            section(
                "Unit",
                [
                    "Description=Holdfast's firewall",
                    "DefaultDependencies=no",
                    "Wants=network-pre.target",
                    "Before=network-pre.target shutdown.target",
                    "Conflicts=shutdown.target",
                    # Debian's own unit flushes every table, ours too.
                    "After=nftables.service",
                    "PartOf=nftables.service",
                ],
            ),
            section(
                "Service",
                [
                    "Type=oneshot",
                    "RemainAfterExit=yes",
                    f"ExecStart=/usr/sbin/nft -f {RULES}",
                    f"ExecReload=/usr/sbin/nft -f {RULES}",
                    "ExecStop=/usr/sbin/nft delete table inet holdfast",
                ],
            ),
            section("Install", ["WantedBy=sysinit.target"]),
        ]
    )

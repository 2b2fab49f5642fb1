"""How long an outage is at least, by the timers alone: what no luck makes shorter.

Every part is a property of a protocol, or a figure measured with these very parts on three lab
hosts sharing two cores; see docs/benchmarks.md for what whole systems do.
"""

from __future__ import annotations

from holdfast.timers.model import Corosync, Keepalived, Timers

DETECTION_PER_TOKEN = 2.1
"""Token lost, then consensus at 1.2 tokens (corosync.conf(5)); measured 2.06 .. 2.15."""

ELECTION_S = 0.25
"""View change to routed, in seconds: positions, promotion, marker row; measured 0.2 .. 0.35."""

VRRP_MAX_PRIORITY = 256
BACKUP_PRIORITY = 140
"""Of the first backup, as `plan.build` numbers them."""


def token_s(corosync: Corosync, hosts: int) -> float:
    """The token in effect, in seconds: corosync adds the coefficient for each host beyond two."""
    return (corosync.token_ms + max(0, hosts - 2) * corosync.token_coefficient_ms) / 1000


def detection_s(corosync: Corosync, hosts: int) -> float:
    """From a host's silence to the survivors' new view, in seconds."""
    return DETECTION_PER_TOKEN * token_s(corosync, hosts)


def takeover_s(keepalived: Keepalived) -> float:
    """From a host's silence to its address on the next one, in seconds: three adverts and the
    skew of the backup's priority (RFC 9568, section 6.1)."""
    skew = (VRRP_MAX_PRIORITY - BACKUP_PRIORITY) / VRRP_MAX_PRIORITY
    return (3 + skew) * keepalived.advert_ms / 1000


def write_s(timers: Timers, hosts: int) -> float:
    """A write's outage when the primary's host is lost, in seconds."""
    return detection_s(timers.corosync, hosts) + ELECTION_S


def edge_s(timers: Timers) -> float:
    """The outage of a virtual address when its host is lost, in seconds; on the new host, one
    attempt to reach an instance of the lost one may still have to run out."""
    return takeover_s(timers.keepalived) + timers.haproxy.connect_ms / 1000

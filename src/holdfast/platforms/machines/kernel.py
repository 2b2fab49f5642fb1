"""Kernel settings: what a balancer and its clients rely on, and what Redis asks for."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.bundle import File
from holdfast.formats.postgresql import Value, settings
from holdfast.plan.model import Plan, PlannedHost, PlannedRedis

_SETTINGS: tuple[tuple[str, Value], ...] = (
    # Virtual addresses are announced by the host that carries them, and by nobody else.
    ("net.ipv4.conf.all.arp_announce", 2),
    ("net.ipv4.conf.all.arp_ignore", 1),
    ("net.ipv4.conf.all.accept_redirects", 0),
    ("net.ipv4.conf.all.send_redirects", 0),
    ("net.ipv4.conf.all.accept_source_route", 0),
    ("net.ipv4.tcp_syncookies", 1),
)

# Redis copies itself to write its log anew, or to fill a replica: without this the kernel may
# refuse that to a process that has half of the memory, though the copy shares nearly all of it.
_REDIS: tuple[tuple[str, Value], ...] = (("vm.overcommit_memory", 1),)


def files(plan: Plan, host: PlannedHost) -> Iterator[File]:
    yield File(
        host.name,
        "/etc/sysctl.d/60-holdfast.conf",
        settings(_SETTINGS + (_REDIS if plan.of(PlannedRedis) else ())),
        restarts=("systemd-sysctl.service",),
    )

"""Kernel settings of the network: what a balancer and its clients rely on."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.bundle import File
from holdfast.formats.postgresql import Value, settings
from holdfast.plan.model import PlannedHost

_SETTINGS: tuple[tuple[str, Value], ...] = (
    # Virtual addresses are announced by the host that carries them, and by nobody else.
    ("net.ipv4.conf.all.arp_announce", 2),
    ("net.ipv4.conf.all.arp_ignore", 1),
    ("net.ipv4.conf.all.accept_redirects", 0),
    ("net.ipv4.conf.all.send_redirects", 0),
    ("net.ipv4.conf.all.accept_source_route", 0),
    ("net.ipv4.tcp_syncookies", 1),
)


def files(host: PlannedHost) -> Iterator[File]:
    yield File(
        host.name,
        "/etc/sysctl.d/60-holdfast.conf",
        settings(_SETTINGS),
        restarts=("systemd-sysctl.service",),
    )

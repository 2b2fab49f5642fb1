"""corosync.conf: membership, total order and quorum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from holdfast.bundle import File
from holdfast.formats.blocks import Block, block, corosync
from holdfast.plan.model import PlannedHost
from holdfast.plan.places import COROSYNC_PORT
from holdfast.platforms.machines.confinement import rooted
from holdfast.platforms.machines.units import drop_in, restart
from holdfast.timers.model import Corosync

UNIT = "corosync.service"

# SYS_NICE, IPC_LOCK, SYS_RESOURCE: real-time priority with all of its memory locked. NET_ADMIN: a
# receive buffer beyond net.core.rmem_max. The others: buffers in /dev/shm that it gives to the
# clients of other users (pacemaker's).
_CAPABILITIES = (
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_IPC_LOCK",
    "CAP_NET_ADMIN",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
)
_FAMILIES = ("AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK")
_WRITABLE = ("/dev/shm", "/run", "/var/lib/corosync", "/var/log/corosync")


@dataclass(frozen=True)
class Ring:
    """Who is in it, and how soon one is missed. `key` is shared by all, text; `restart_ms`: how
    long a corosync that has died stays away."""

    system: str
    hosts: Sequence[PlannedHost]
    timers: Corosync
    key: str = field(repr=False)
    restart_ms: int


def files(ring: Ring, host: PlannedHost) -> Iterator[File]:
    # corosync takes new timers and nodes while it runs; only a new key needs a restart.
    yield File(host.name, "/etc/corosync/corosync.conf", configuration(ring), reloads=(UNIT,))
    yield File(
        host.name,
        "/etc/corosync/authkey",
        ring.key,
        0o400,
        secret=True,
        restarts=(UNIT,),
    )
    yield drop_in(
        host.name,
        UNIT,
        [
            *restart(ring.restart_ms),
            "ExecReload=/usr/sbin/corosync-cfgtool -R",
            *rooted(_CAPABILITIES, _FAMILIES, _WRITABLE),
        ],
    )


def configuration(ring: Ring) -> str:
    return corosync(
        [
            _totem(ring),
            block("nodelist", *(_node(host) for host in ring.hosts)),
            block("quorum", ("provider", "corosync_votequorum")),
            block(
                "logging",
                ("to_stderr", "no"),
                ("to_logfile", "no"),
                ("to_syslog", "yes"),
                ("timestamp", "hires"),
            ),
        ]
    )


def _totem(ring: Ring) -> Block:
    timers = ring.timers
    return block(
        "totem",
        ("version", "2"),
        ("cluster_name", ring.system),
        ("transport", "knet"),
        ("ip_version", "ipv4"),
        ("crypto_cipher", "aes256"),
        ("crypto_hash", "sha256"),
        ("token", str(timers.token_ms)),
        ("token_coefficient", str(timers.token_coefficient_ms)),
        _interface(ring),
    )


def _interface(ring: Ring) -> Block:
    """With every ping timer spelt out, as corosync would derive it from the token: on a reload it
    derives from the token that was, and refuses what comes of it."""
    timers = ring.timers
    token = timers.token_ms + timers.token_coefficient_ms * max(0, len(ring.hosts) - 2)
    return block(
        "interface",
        ("linknumber", "0"),
        ("mcastport", str(COROSYNC_PORT)),
        ("knet_ping_interval", str(timers.knet_ping_interval_ms or token // 4)),
        ("knet_ping_timeout", str(timers.knet_ping_timeout_ms or token // 2)),
    )


def _node(host: PlannedHost) -> Block:
    return block(
        "node",
        ("name", host.name),
        ("nodeid", str(host.node_id)),
        ("ring0_addr", str(host.address)),
    )

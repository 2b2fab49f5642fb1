"""corosync.conf: membership, total order and quorum."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.bundle import File
from holdfast.formats.blocks import Block, block, corosync
from holdfast.pki.credentials import Credentials
from holdfast.plan.model import Plan, PlannedHost
from holdfast.plan.places import COROSYNC_PORT
from holdfast.platforms.machines.confinement import rooted
from holdfast.platforms.machines.units import drop_in, restart

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


def files(plan: Plan, host: PlannedHost, credentials: Credentials) -> Iterator[File]:
    # corosync takes new timers and nodes while it runs; only a new key needs a restart.
    yield File(host.name, "/etc/corosync/corosync.conf", configuration(plan), reloads=(UNIT,))
    yield File(
        host.name,
        "/etc/corosync/authkey",
        credentials.ring_key,
        0o400,
        secret=True,
        restarts=(UNIT,),
    )
    yield drop_in(
        host.name,
        UNIT,
        [
            *restart(plan.timers.systemd.restart_ms),
            "ExecReload=/usr/sbin/corosync-cfgtool -R",
            *rooted(_CAPABILITIES, _FAMILIES, _WRITABLE),
        ],
    )


def configuration(plan: Plan) -> str:
    return corosync(
        [
            _totem(plan),
            block("nodelist", *(_node(host) for host in plan.hosts)),
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


def _totem(plan: Plan) -> Block:
    timers = plan.timers.corosync
    return block(
        "totem",
        ("version", "2"),
        ("cluster_name", plan.system),
        ("transport", "knet"),
        ("ip_version", "ipv4"),
        ("crypto_cipher", "aes256"),
        ("crypto_hash", "sha256"),
        ("token", str(timers.token_ms)),
        ("token_coefficient", str(timers.token_coefficient_ms)),
        _interface(plan),
    )


def _interface(plan: Plan) -> Block:
    """With every ping timer spelt out, as corosync would derive it from the token: on a reload it
    derives from the token that was, and refuses what comes of it."""
    timers = plan.timers.corosync
    token = timers.token_ms + timers.token_coefficient_ms * max(0, len(plan.hosts) - 2)
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

"""What a lab host's disk holds before anything is deployed on it: a plain Debian server.

The packages that Holdfast deploys are installed already, because lab hosts have no way out to a
mirror; none of their services starts by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

SUITE = "trixie"

BASE = (
    "systemd",
    "systemd-sysv",
    "dbus",
    "openssh-server",
    "iproute2",
    "iputils-ping",
    "procps",
    "ca-certificates",
)
"""Of every host."""

PACKAGES = (
    *BASE,
    "nftables",
    "corosync",
    "haproxy",
    "keepalived",
    "postgresql-17",
    "python3",
    "python3-apt",
    "python3-psycopg2",
    "python3-psycopg",
    "python3-psycopg-pool",
    "python3-starlette",
    "python3-uvicorn",
    "python3-httptools",
    "python3-uvloop",
    "python3-msgspec",
    "mariadb-server",
    "mariadb-backup",
    "galera-4",
    "rsync",
    "python3-pymysql",
    "python3-aiomysql",
    "redis-server",
    "redis-tools",
    "python3-redis",
    "pacemaker",
    "pacemaker-cli-utils",
    "crmsh",
    "fence-agents-common",
    "fence-agents-redfish",
    "python3-jwt",
    "python3-cryptography",
    # what `holdfast audit` asks for a second opinion
    "lynis",
    "nmap",
    "ssh-audit",
    "testssl.sh",
)

EXCLUDED = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*")

BEFORE_INSTALL = {
    "/etc/postgresql-common/createcluster.conf": "create_main_cluster = false\n",
}
"""Files that maintainer scripts look at."""

NETWORK_UNIT = "lab-network.service"
NETWORK_ADDRESS = "/etc/lab-network"
"""Environment file of that unit: ADDRESS=<address>/<prefix length>."""

FILES = {
    "/etc/resolv.conf": "",
    "/etc/machine-id": "",
    "/etc/ssh/sshd_config.d/lab.conf": (
        "HostKey /etc/ssh/ssh_host_ed25519_key\n"
        "PermitRootLogin prohibit-password\n"
        "PasswordAuthentication no\n"
    ),
    "/etc/systemd/journald.conf.d/lab.conf": "[Journal]\nStorage=persistent\nSystemMaxUse=256M\n",
    # One address by hand: a network manager would take away virtual addresses it does not know.
    f"/etc/systemd/system/{NETWORK_UNIT}": f"""\
[Unit]
Description=The lab host's one address
Wants=network.target
Before=network.target network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
EnvironmentFile={NETWORK_ADDRESS}
ExecStart=ip address replace ${{ADDRESS}} dev host0
ExecStart=ip link set host0 up

[Install]
WantedBy=multi-user.target
""",
}

ENABLED = (NETWORK_UNIT, "ssh.service")

HELD = (
    "corosync.service",
    "haproxy.service",
    "keepalived.service",
    "postgresql.service",
    "mariadb.service",
    "redis-server.service",
    "pacemaker.service",
)
"""Installed, but started by nobody until something is deployed."""

MASKED = (
    # a container has no modules to load, no crash store, no consoles to log in at
    "systemd-modules-load.service",
    "systemd-pstore.service",
    "getty@.service",
    "console-getty.service",
    "container-getty@.service",
    # nothing may configure the network but the unit above
    "systemd-networkd.service",
    "systemd-networkd.socket",
    "systemd-networkd-wait-online.service",
    # the lab makes the host keys, so that it knows them
    "sshd-keygen.service",
    # no housekeeping in the middle of a measurement
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "fstrim.timer",
)

_VERSION = 1
"""Counts changes to how the image is made that the lists above do not show."""


@dataclass(frozen=True)
class Recipe:
    """`files` are written after the packages; `held` units are installed, but started by nobody
    until something is deployed."""

    packages: tuple[str, ...]
    before_install: Mapping[str, str]
    files: Mapping[str, str]
    enabled: tuple[str, ...]
    held: tuple[str, ...]

    def digest(self) -> str:
        """Names the image: equal recipes share one."""
        parts = (
            *(_VERSION, SUITE, self.packages, EXCLUDED, self.before_install),
            *(self.files, self.enabled, self.held, MASKED),
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


MACHINES = Recipe(PACKAGES, BEFORE_INSTALL, FILES, ENABLED, HELD)
"""For business systems."""

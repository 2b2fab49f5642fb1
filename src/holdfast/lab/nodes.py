"""Lab hosts that are nodes of a Kubernetes cluster: what only the lab has to give them.

A node's containers share this machine's kernel and its settings, and see their own control groups
only if the node has some in every hierarchy. What follows from that is here, and in drop-ins on
the node's disk, so that nothing of it is in what is deployed.
"""

from __future__ import annotations

from pathlib import Path

from holdfast.cluster.kubelet import (
    CONTAINERD_DROP_INS,
    DROP_INS,
    runtime,
)
from holdfast.cluster.places import BIN
from holdfast.formats import toml
from holdfast.formats.documents import documents
from holdfast.lab.recipe import BASE, ENABLED, FILES, Recipe

_UNIT = "lab-node.service"
_SCRIPT = "/etc/lab-node.sh"
_KERNEL = "/etc/lab-kernel"

_ASKED_OF_THE_KERNEL = {
    "vm/overcommit_memory": 1,
    "vm/panic_on_oom": 0,
    "kernel/panic": 10,
    "kernel/panic_on_oops": 1,
    "kernel/keys/root_maxkeys": 1_000_000,
    "kernel/keys/root_maxbytes": 25_000_000,
}
"""Settings that a kubelet wants to find. They are this machine's, and not a host's to change, so a
host sees files with the wanted values in their place."""

_PREPARE = f"""\
set -e
mount --make-rshared /
for group in /sys/fs/cgroup/*/; do
    mount -o remount,bind,rw "$group" 2>/dev/null || true
done
cd {_KERNEL}
find . -type f | while read -r file; do
    mount --bind "$file" "/proc/sys/$file"
done
"""


def _drop_ins() -> dict[str, str]:
    """For control groups of version 1, under whatever the host has for a root of them."""
    kubelet = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "cgroupDriver": "cgroupfs",
        "failCgroupV1": False,
        "failSwapOn": False,
        "makeIPTablesUtilChains": False,
        # The disk is this machine's: how full it is, is nothing that a node could mend.
        "localStorageCapacityIsolation": False,
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {"memory.available": "100Mi"},
    }
    # containerd takes a plugin's whole section from the last file that has one.
    containerd = runtime(
        systemd_cgroups=False,
        # Root of a host may not take its own processes' scores down again.
        extra={"restrict_oom_score_adj": True, "disable_apparmor": True},
    )
    return {
        f"{DROP_INS}/lab.conf": documents(kubelet),
        f"{CONTAINERD_DROP_INS}/lab.toml": toml.render(containerd),
    }


NODES = Recipe(
    packages=(
        *BASE,
        "python3",
        "python3-apt",
        "nftables",
        "conntrack",
        "conntrackd",
        "corosync",
        "containerd",
        "containernetworking-plugins",
        "curl",
        "etcd-client",
        "etcd-server",
        "haproxy",
        "iptables",
        "keepalived",
        "libnginx-mod-stream",
        "nginx-light",
        "runc",
    ),
    before_install={},
    files={
        **FILES,
        **_drop_ins(),
        **{f"{_KERNEL}/{name}": f"{value}\n" for name, value in _ASKED_OF_THE_KERNEL.items()},
        _SCRIPT: _PREPARE,
        f"/etc/systemd/system/{_UNIT}": f"""\
[Unit]
Description=What this machine's kernel does not give to a node
Before=containerd.service kubelet.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh {_SCRIPT}

[Install]
WantedBy=multi-user.target
""",
    },
    enabled=(*ENABLED, _UNIT),
    held=(
        "conntrackd.service",
        "containerd.service",
        "corosync.service",
        "etcd.service",
        "haproxy.service",
        "keepalived.service",
        "nginx.service",
    ),
)
"""For Kubernetes clusters."""


def make(folder: Path, programs: Path) -> None:
    """Mark the host in `folder` as a node, with a disk for its containers: overlays do not lie on
    the overlay that a host's root is."""
    (folder / "containerd").mkdir(exist_ok=True)
    link = folder / "binaries"
    link.unlink(missing_ok=True)
    link.symlink_to(programs)


def binaries(folder: Path) -> Path:
    """Of a node: where its programs are."""
    return (folder / "binaries").resolve()


def is_node(folder: Path) -> bool:
    return (folder / "binaries").is_symlink()


def options(folder: Path) -> tuple[str, ...]:
    """systemd-nspawn's last, for a node: containers in containers need nearly every right."""
    return (
        "--capability=all",
        "--system-call-filter=@keyring bpf perf_event_open",
        "--bind=/dev/kmsg",
        f"--bind={folder / 'containerd'}:/var/lib/containerd",
        f"--bind-ro={binaries(folder)}:{BIN}",
        # For the host's systemd, which refuses control groups of version 1 otherwise.
        "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1",
    )

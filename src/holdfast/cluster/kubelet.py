"""kubelet and containerd: what runs pods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from holdfast.bundle import File
from holdfast.cluster import kubeconfigs, units
from holdfast.cluster.credentials import ClusterCredentials
from holdfast.cluster.identities import kubelet, kubelet_server
from holdfast.cluster.model import ClusterPlan, Node
from holdfast.cluster.places import (
    CONTAINERD_UNIT,
    ETC,
    IMAGES,
    IMAGES_UNIT,
    KUBELET_UNIT,
    PAUSE,
    PKI,
    TEST_IMAGE,
    archive_of,
    kubeconfig,
)
from holdfast.formats import toml
from holdfast.formats.documents import documents
from holdfast.platforms.machines.units import drop_in, restart

CONFIG = f"{ETC}/kubelet.yaml"
DROP_INS = f"{ETC}/kubelet.conf.d"
"""What a machine needs that is not like others goes there, and is read after the configuration."""
CONTAINERD_CONFIG = "/etc/containerd/config.toml"
CONTAINERD_DROP_INS = "/etc/containerd/conf.d"

_CONTAINERD = "unix:///run/containerd/containerd.sock"
_PLUGINS = "/usr/lib/cni"
"""Debian's place for the plugins of containernetworking-plugins."""


def files(plan: ClusterPlan, node: Node, credentials: ClusterCredentials) -> Iterator[File]:
    yield File(node.name, CONTAINERD_CONFIG, containerd(), restarts=(CONTAINERD_UNIT,))
    yield drop_in(node.name, CONTAINERD_UNIT, restart(plan.timers.systemd.restart_ms))
    yield File(node.name, units.path(IMAGES_UNIT), _images(), restarts=(IMAGES_UNIT,))
    yield from _keys(plan, node, credentials)
    yield File(node.name, CONFIG, configuration(plan, node), restarts=(KUBELET_UNIT,))
    yield File(node.name, units.path(KUBELET_UNIT), _unit(plan, node), restarts=(KUBELET_UNIT,))


def _keys(plan: ClusterPlan, node: Node, credentials: ClusterCredentials) -> Iterator[File]:
    restarts = (KUBELET_UNIT,)
    for leaf, key in (("kubelet", kubelet), ("kubelet-server", kubelet_server)):
        pair = credentials.pairs[key(node.name)]
        stem = f"{PKI}/{leaf}"
        yield File(node.name, f"{stem}.crt", pair.cert, restarts=restarts)
        yield File(node.name, f"{stem}.key", pair.key, 0o600, secret=True, restarts=restarts)
    config = kubeconfigs.by_path(
        plan.url, f"{PKI}/ca.crt", f"{PKI}/kubelet.crt", f"{PKI}/kubelet.key"
    )
    yield File(node.name, kubeconfig("kubelet"), config, restarts=restarts)


def configuration(plan: ClusterPlan, node: Node) -> str:
    timers = plan.timers.kubelet
    return documents(
        {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "address": str(node.address),
            "readOnlyPort": 0,
            "tlsCertFile": f"{PKI}/kubelet-server.crt",
            "tlsPrivateKeyFile": f"{PKI}/kubelet-server.key",
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": True},
                "x509": {"clientCAFile": f"{PKI}/ca.crt"},
            },
            "authorization": {"mode": "Webhook"},
            "containerRuntimeEndpoint": _CONTAINERD,
            "cgroupDriver": "systemd",
            # Kernel settings are ours (sysctl.d): one that is missing is an error, not a surprise.
            "protectKernelDefaults": True,
            "clusterDomain": plan.domain,
            "nodeStatusUpdateFrequency": units.duration(timers.status_ms),
            "nodeStatusReportFrequency": units.duration(timers.report_ms),
            "nodeLeaseDurationSeconds": timers.lease_s,
        }
    )


def _unit(plan: ClusterPlan, node: Node) -> str:
    flags: units.Flags = {
        "config": CONFIG,
        "config-dir": DROP_INS,
        "kubeconfig": kubeconfig("kubelet"),
        "hostname-override": node.name,
        "node-ip": str(node.address),
    }
    return units.service(
        plan,
        "kubelet: runs this node's pods, and says that the node lives",
        [
            "Type=notify",
            "TimeoutStartSec=infinity",
            f"ExecStartPre=/bin/mkdir -p {DROP_INS}",
            units.command("kubelet", flags),
            *units.connections(plan),
            # It makes the cgroups, mounts and namespaces of others: there is little to take away.
            "ProtectClock=yes",
            "RestrictRealtime=yes",
            "LockPersonality=yes",
            "SystemCallArchitectures=native",
            # A kubelet that is restarted leaves its pods alone.
            "KillMode=process",
            "CPUWeight=1000",
            "OOMScoreAdjust=-999",
        ],
        [f"After={CONTAINERD_UNIT} {IMAGES_UNIT}", f"Wants={CONTAINERD_UNIT}"],
    )


def _images() -> str:
    """At each boot: what is there already takes no time, what a new disk lacks comes back."""
    commands = []
    for image in (PAUSE, TEST_IMAGE):
        commands += [
            f"ctr --namespace k8s.io images import {IMAGES}/{archive_of(image)}",
            # or kubelet would remove it when the disk is full, and nobody could bring it back
            f"ctr --namespace k8s.io images label docker.io/{image}"
            " io.cri-containerd.pinned=pinned",
        ]
    return units.once(
        "Images that no registry has", commands, before=KUBELET_UNIT, after=CONTAINERD_UNIT
    )


def containerd() -> str:
    """For containerd 1.7: the second version of its configuration."""
    top = toml.Table((), {"version": 2, "imports": (f"{CONTAINERD_DROP_INS}/*.toml",)})
    return toml.render([top, *runtime()])


def runtime(
    systemd_cgroups: bool = True, extra: Mapping[str, toml.Value] | None = None
) -> tuple[toml.Table, ...]:
    """The section of containerd that speaks with kubelet; `extra` settings of its own."""
    cri = ("plugins", "io.containerd.grpc.v1.cri")
    runc = (*cri, "containerd", "runtimes", "runc")
    return (
        toml.Table(cri, {"sandbox_image": PAUSE, **(extra or {})}),
        toml.Table((*cri, "cni"), {"bin_dir": _PLUGINS, "conf_dir": "/etc/cni/net.d"}),
        toml.Table(runc, {"runtime_type": "io.containerd.runc.v2"}),
        toml.Table((*runc, "options"), {"SystemdCgroup": systemd_cgroups}),
    )

"""YAML of Kubernetes: kubeadm's and the components' configurations, static pods, DaemonSets.

kubeadm.k8s.io v1beta1 to v1beta4; kubelet.config.k8s.io, kubeproxy.config.k8s.io and
kubescheduler.config.k8s.io.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from holdfast.converge.imported import durations
from holdfast.converge.imported.readers import flags
from holdfast.converge.imported.readers.words import endpoint, fact
from holdfast.converge.imported.readers.yamls import Node, documents
from holdfast.converge.imported.reading import Fact, Member, Reading, Source, Target

_IMAGE = re.compile(r"/(kube-[a-z-]+|etcd|kubelet)(?:-amd64|-arm64)?:v?(\d+(?:\.\d+)+)")
_WORKLOADS = ("Pod", "DaemonSet", "Deployment", "StatefulSet")

Timers = Mapping[str, tuple[str, Callable[[str], int]]]

_KUBELET: Timers = {
    "nodeStatusUpdateFrequency": ("kubelet.status_ms", durations.go),
    "nodeStatusReportFrequency": ("kubelet.report_ms", durations.go),
    "nodeLeaseDurationSeconds": ("kubelet.lease_s", int),
}
_LEADER: Timers = {
    "leaseDuration": ("scheduler.leases.duration_ms", durations.go),
    "renewDeadline": ("scheduler.leases.renew_ms", durations.go),
    "retryPeriod": ("scheduler.leases.retry_ms", durations.go),
}
_PROXY: Timers = {
    "syncPeriod": ("kube_proxy.sync_ms", durations.go),
    "minSyncPeriod": ("kube_proxy.min_sync_ms", durations.go),
}
_EXTRA = {"apiServer": "kube-apiserver", "controllerManager": "kube-controller-manager"} | {
    "scheduler": "kube-scheduler"
}


def read(source: Source) -> Reading:
    commands: list[flags.Command] = []
    facts: list[Fact] = []
    targets: list[Target] = []
    members: list[Member] = []
    for document in documents(source):
        kind = document.get("kind")
        match kind.text if kind else "":
            case "ClusterConfiguration":
                commands += _kubeadm(document)
                facts += _version(document)
                members += _external(document)
                targets += _endpoint(document)
            case "InitConfiguration" | "JoinConfiguration":
                commands += _extra(document, ("nodeRegistration", "kubeletExtraArgs"), "kubelet")
            case "KubeletConfiguration":
                facts += _times(document, _KUBELET)
            case "KubeProxyConfiguration":
                facts += _proxy(document)
            case "KubeSchedulerConfiguration":
                if leader := document.get("leaderElection"):
                    facts += _times(leader, _LEADER)
            case workload if workload in _WORKLOADS:
                for container in _containers(document):
                    commands += _container(container)
                    facts += _surroundings(container)
    found = flags.reading(source, "kubernetes", commands, facts)
    return Reading(
        source.file,
        found.kind,
        found.facts,
        listeners=found.listeners,
        targets=(*found.targets, *targets),
        members=(*found.members, *members),
    )


def _times(node: Node, timers: Timers) -> Iterator[Fact]:
    for key, value in node.items():
        if key in timers and value.text not in ("", "null", "~"):
            name, convert = timers[key]
            yield fact(node.source, value.where.line, name, (f"{key}:", value.text), convert)


def _proxy(document: Node) -> Iterator[Fact]:
    """Of the mode in use; its default is iptables. A period of 0 asks for the default, which is
    then no fact of the file."""
    mode = document.get("mode")
    inner = document.get(mode.text if mode and mode.text else "iptables")
    if inner is not None:
        yield from (each for each in _times(inner, _PROXY) if each.value != 0)


def _kubeadm(document: Node) -> Iterator[flags.Command]:
    for key, component in _EXTRA.items():
        yield from _extra(document, (key, "extraArgs"), component)
    yield from _extra(document, ("etcd", "local", "extraArgs"), "etcd")


def _extra(document: Node, path: tuple[str, ...], component: str) -> Iterator[flags.Command]:
    """A mapping up to v1beta3, a list of name and value since v1beta4."""
    found = document.get(*path)
    if found is None:
        return
    said = [flags.Flag(name, value.text, value.where.line) for name, value in found.items()]
    for each in found.each():
        name, value = each.get("name"), each.get("value")
        if name and value:
            said.append(flags.Flag(name.text, value.text, value.where.line))
    yield flags.Command(component, found.where.line, said)


def _version(document: Node) -> Iterator[Fact]:
    version = document.get("kubernetesVersion")
    if version and version.text.lstrip("v")[:1].isdigit():
        text = f"kubernetesVersion: {version.text}"
        yield Fact("version.kubernetes", version.text.lstrip("v"), version.where, text)


def _external(document: Node) -> Iterator[Member]:
    endpoints = document.get("etcd", "external", "endpoints")
    for each in endpoints.each() if endpoints else ():
        yield Member("etcd-servers", each.text, each.text, each.where)


def _endpoint(document: Node) -> Iterator[Target]:
    if found := document.get("controlPlaneEndpoint"):
        address, port = endpoint(found.text)
        if port is not None:
            text = f"controlPlaneEndpoint: {found.text}"
            yield Target("", address, port, found.where, text)


def _containers(document: Node) -> Iterator[Node]:
    for path in (("spec",), ("spec", "template", "spec")):
        found = document.get(*path, "containers")
        yield from found.each() if found else ()


def _container(container: Node) -> Iterator[flags.Command]:
    """`command` and `args` are one command line; it may go through a shell."""
    parts = (container.get(key) for key in ("command", "args"))
    words = [
        (word, each.where.line)
        for part in parts
        if part is not None
        for each in part.each()
        for word in (each.text.split() if " --" in each.text else [each.text])
    ]
    for index, (word, _) in enumerate(words):
        name = word.rsplit("/", 1)[-1]
        if name in flags.COMPONENTS:
            yield flags.parse(name, words[index:])
            return


def _surroundings(container: Node) -> Iterator[Fact]:
    """Its version, from the image's tag, and the environment."""
    image = container.get("image")
    if image and (tagged := _IMAGE.search(image.text)):
        product = "etcd" if tagged[1] == "etcd" else "kubernetes"
        yield Fact(f"version.{product}", tagged[2], image.where, f"image: {image.text}")
    variables = container.get("env")
    for each in variables.each() if variables else ():
        name, value = each.get("name"), each.get("value")
        if name and value:
            line = value.where.line
            yield from flags.environment(container.source, line, name.text, value.text)

"""The way in that all verbs share: from a spec's path to a plan, and from sync to async."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from holdfast.cluster import rules as cluster_rules
from holdfast.cluster.model import ClusterPlan
from holdfast.cluster.plan import build as build_cluster
from holdfast.errors import InputError
from holdfast.finding import Finding, Severity
from holdfast.lab.place import HOSTS, Lab
from holdfast.plan import rules
from holdfast.plan.build import build
from holdfast.plan.inventory import Inventory
from holdfast.plan.model import Plan
from holdfast.spec import folders
from holdfast.spec.cluster import Cluster
from holdfast.spec.load import load
from holdfast.spec.model import System

T = TypeVar("T")


@dataclass(frozen=True)
class Examined:
    """A spec that could be read, the machines it is for, and what there is to say about both."""

    system: System
    inventory: Inventory
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> bool:
        return any(finding.severity is Severity.ERROR for finding in self.findings)


def examined(spec: Path) -> Examined:
    """Load and look for mistakes. Raises InputError only for what is no spec at all."""
    document = load(spec)
    system, inventory = document.system, inventory_of(document.system)
    found = (*_findings(system, inventory), *folders.findings(system, spec.parent))
    return Examined(system, inventory, document.located(found))


def _findings(system: System, inventory: Inventory) -> tuple[Finding, ...]:
    if system.cluster is None:
        return rules.findings(system, inventory)
    return cluster_rules.findings(system, system.cluster, inventory)


def planned(spec: Path) -> Plan:
    """Load, look for mistakes, decide. Raises InputError with all findings if any is an error."""
    seen = sound(spec)
    if seen.system.cluster is not None:
        raise InputError(
            f"{spec} is a Kubernetes cluster, which this verb does not know",
            "holdfast check, render, up and status do",
        )
    return build(seen.system, seen.inventory)


def planned_cluster(seen: Examined) -> ClusterPlan:
    """What follows from a spec with a cluster that has no errors."""
    assert seen.system.cluster is not None
    return build_cluster(seen.system.system, seen.system.cluster, seen.inventory)


def sound(spec: Path) -> Examined:
    """A spec without errors. Raises InputError with all findings if any is one."""
    seen = examined(spec)
    if seen.broken:
        raise InputError(f"{spec} cannot be used as it is", findings=seen.findings)
    return seen


def inventory_of(system: System) -> Inventory:
    """The spec's own machines; without any, the lab's."""
    if system.hosts:
        return Inventory(system.hosts, system.edge.addresses, system.operators)
    lab = _lab() if system.cluster is None else _nodes(system.cluster)
    return Inventory(lab.hosts, lab.vips, (*system.operators, *lab.operators))


def _lab() -> Inventory:
    """The lab's hosts, booted or not; of one that is not there yet, the usual number."""
    lab = Lab.here()
    if not lab.folder.exists():
        return lab.inventory()
    from holdfast.lab.host import existing

    return lab.inventory(len(existing(lab)) or HOSTS)


def _nodes(cluster: Cluster) -> Inventory:
    """As many of the lab's as the spec asks for, however many there are: one that was a balancer
    yesterday is no member of etcd today."""
    return Lab.here().inventory(HOSTS + len(cluster.balancers))


def state_folder(spec: Path, system: str) -> Path:
    """Where a system's CA, keys and secrets are kept: beside its spec."""
    return spec.resolve().parent / ".holdfast" / system


def probe_pki(spec: Path, system: str) -> Path:
    """The folder with what probes show and trust. Raises InputError before the first `up`."""
    folder = state_folder(spec, system) / "pki"
    if not (folder / "holdfast_probe.crt").exists():
        raise InputError(
            f"{system} has no probe certificate in {folder}", hint="deploy it: holdfast up"
        )
    return folder


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """The one way into the acting half. Ctrl-C and SIGTERM cancel the work, so that what it
    injected is healed on the way out; a second SIGTERM ends the process at once."""

    async def cancellable() -> T:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()

        def terminate() -> None:
            loop.remove_signal_handler(signal.SIGTERM)
            if task is not None:
                task.cancel()

        loop.add_signal_handler(signal.SIGTERM, terminate)
        return await work

    if sys.version_info < (3, 12):
        # As later versions do by themselves: a child that ends costs no thread. On a busy machine
        # whoever waits for a new thread to begin waits long, and drills are in a hurry.
        asyncio.set_child_watcher(asyncio.PidfdChildWatcher())
    try:
        return asyncio.run(cancellable())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None

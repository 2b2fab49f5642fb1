"""A cluster onto its hosts: rendered, deployed by the same means as everything, and waited for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from holdfast.cluster import binaries, images
from holdfast.cluster.kubectl import Kubectl
from holdfast.cluster.model import ClusterPlan
from holdfast.cluster.project import KUBECONFIG, OBJECTS
from holdfast.cluster.project import project as as_project
from holdfast.cluster.readiness import Readiness
from holdfast.cluster.render import render, units
from holdfast.cluster.store import open_store
from holdfast.hosts.connect import connect
from holdfast.platforms.machines import gather, operate
from holdfast.platforms.machines.folder import write
from holdfast.platforms.machines.operate import Listener
from holdfast.platforms.machines.preflight import preflight

Say = Callable[[str], None]
"""Told, in a few words, what is being done."""


async def bring_up(
    state: Path, plan: ClusterPlan, dry_run: bool, listen: Listener, say: Say
) -> None:
    """Provide what is missing, deploy, and return when the cluster works. `state`: where its
    secrets are kept, and the project. Raises HoldfastError."""
    programs = await binaries.provide("auto", say)
    folders = {"binaries": str(programs), "images": str(await images.provide())}
    project = state / "ansible"
    _write(plan, state, project)
    doors = {host.name: connect(host) for host in plan.hosts}
    try:
        say("looking at the hosts")
        await preflight(list(doors.values()), realtime=False)
        await operate.deploy(project, dry_run, listen, folders)
        if not dry_run:
            kubectl = Kubectl(programs / "kubectl", project / KUBECONFIG)
            await Readiness(plan, kubectl, doors, units(plan)).reach(project / OBJECTS, say)
    finally:
        for door in doors.values():
            await door.close()


def _write(plan: ClusterPlan, state: Path, project: Path) -> None:
    credentials = open_store(state, plan)
    bundle = render(plan, credentials, gather.node_agent())
    write(as_project(plan, bundle, credentials, gather.ansible_for_clusters()), project)

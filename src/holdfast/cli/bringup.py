"""A Kubernetes cluster onto its hosts: what `up` does for a spec with a cluster."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.cli.entry import Examined, state_folder

if TYPE_CHECKING:
    from holdfast.cluster.model import ClusterPlan
    from holdfast.platforms.machines.operate import Listener

Say = Callable[[str], None]


def planned_cluster(seen: Examined) -> ClusterPlan:
    from holdfast.cluster.plan import build

    assert seen.system.cluster is not None
    return build(seen.system.system, seen.system.cluster, seen.inventory)


async def bring_up(
    spec: Path, plan: ClusterPlan, dry_run: bool, listen: Listener, say: Say
) -> None:
    """Provide what is missing, deploy, and return when the cluster works. Raises HoldfastError."""
    from holdfast.cluster import binaries, images
    from holdfast.cluster.kubectl import Kubectl
    from holdfast.cluster.project import KUBECONFIG, OBJECTS
    from holdfast.cluster.readiness import Readiness
    from holdfast.hosts.connect import connect
    from holdfast.platforms.machines.operate import deploy
    from holdfast.platforms.machines.preflight import preflight

    programs = await binaries.provide("auto", say)
    folders = {"binaries": str(programs), "images": str(await images.provide())}
    project = state_folder(spec, plan.system) / "ansible"
    units = _write(spec, plan, project)
    doors = {host.name: connect(host) for host in plan.hosts}
    try:
        say("looking at the hosts")
        await preflight(list(doors.values()), realtime=False)
        await deploy(project, dry_run, listen, folders)
        if not dry_run:
            kubectl = Kubectl(programs / "kubectl", project / KUBECONFIG)
            await Readiness(plan, kubectl, doors, units).reach(project / OBJECTS, say)
    finally:
        for door in doors.values():
            await door.close()


def _write(spec: Path, plan: ClusterPlan, project: Path) -> dict[str, tuple[str, ...]]:
    """Render into `project`; the units of each host, in the order in which they are started."""
    from holdfast.cluster.project import project as as_project
    from holdfast.cluster.render import render
    from holdfast.cluster.store import open_store
    from holdfast.platforms.machines import gather
    from holdfast.platforms.machines.folder import write

    credentials = open_store(state_folder(spec, plan.system), plan)
    bundle = render(plan, credentials)
    write(as_project(plan, bundle, credentials, gather.ansible_for_clusters()), project)
    return {host.host: host.units for host in bundle.hosts}

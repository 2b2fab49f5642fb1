"""A service must go on when any one host is lost, and load should not pile up on one."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.finding import Finding, Severity
from holdfast.plan.inventory import Inventory
from holdfast.spec.model import System


def check(system: System, inventory: Inventory) -> Iterator[Finding]:
    hosts = len(inventory.hosts)
    for name, service in system.services.items():
        path = ("services", name, "instances")
        if service.singleton:
            continue
        if service.instances == 1:
            yield Finding.warning(
                "spread-single",
                f"{name} has one instance: a single point of failure",
                "use two or more instances; they go to different hosts",
                path,
            )
        elif hosts and service.instances % hosts:
            yield Finding(
                "spread-uneven",
                Severity.NOTE,
                f"{name}: {service.instances} instances cannot be shared evenly by {hosts} hosts",
                f"with a multiple of {hosts}, every host carries the same load",
                path,
            )

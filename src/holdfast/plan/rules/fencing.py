"""Every host needs exactly one way to be made certain to be off."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.finding import Finding
from holdfast.plan.inventory import Inventory
from holdfast.spec.model import Fence, System


def check(system: System, inventory: Inventory) -> Iterator[Finding]:
    yield from _hosts(inventory)
    if inventory.hosts and not any(host.fence.redfish for host in inventory.hosts):
        yield from _singletons(system)


def _singletons(system: System) -> Iterator[Finding]:
    for name, service in system.services.items():
        if service.singleton:
            yield Finding.error(
                "fencing-singleton",
                f"{name} must never run twice, and nothing makes a lost host certain to be off",
                "give the hosts a fence with redfish: {url, user, password_file}",
                ("services", name, "singleton"),
            )


def _hosts(inventory: Inventory) -> Iterator[Finding]:
    owners: dict[str, str] = {}
    for number, host in enumerate(inventory.hosts):
        path = ("hosts", number, "fence")
        ways = _ways(host.fence)
        if not ways:
            yield Finding.error(
                "fencing-none",
                f"nothing can switch {host.name} off",
                "add one of redfish: {url, user, password_file}, or manual: <who, and why>",
                path,
            )
        elif len(ways) > 1:
            yield Finding.error(
                "fencing-several",
                f"{host.name} has several fences: {', '.join(ways)}",
                "keep one of them",
                path,
            )
        elif host.fence.manual:
            yield Finding.warning(
                "fencing-manual",
                f"only a person can switch {host.name} off: {host.fence.manual}",
                "users do not wait for it, but a hung host stays as it is until somebody comes; "
                "a BMC with Redfish does it in seconds",
                path,
            )
        bmc = host.fence.redfish
        if bmc and owners.setdefault(bmc.url, host.name) != host.name:
            yield Finding.error(
                "fencing-shared",
                f"{host.name} and {owners[bmc.url]} have one fence: the wrong one would be shot",
                "give the URL of each host's own ComputerSystem",
                path,
            )


def _ways(fence: Fence) -> tuple[str, ...]:
    """The lab's way is Redfish, too: there the two are one."""
    redfish = None if fence.lab else fence.redfish
    given = {"redfish": redfish, "lab": fence.lab, "manual": fence.manual}
    return tuple(way for way, value in given.items() if value)

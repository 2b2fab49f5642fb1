"""Every host needs exactly one way to be made certain to be off."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.finding import Finding
from holdfast.plan.inventory import Inventory
from holdfast.spec.model import Fence, System


def check(system: System, inventory: Inventory) -> Iterator[Finding]:
    owners: dict[str, str] = {}
    for number, host in enumerate(inventory.hosts):
        path = ("hosts", number, "fence")
        ways = _ways(host.fence)
        if not ways:
            yield Finding.error(
                "fencing-none",
                f"nothing can switch {host.name} off",
                "add one of redfish: <URL>, lab: true, or manual: <who, and why>",
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
        if (url := host.fence.redfish) and owners.setdefault(url, host.name) != host.name:
            yield Finding.error(
                "fencing-shared",
                f"{host.name} and {owners[url]} have one fence: the wrong one would be shot",
                "give the URL of each host's own ComputerSystem",
                path,
            )


def _ways(fence: Fence) -> tuple[str, ...]:
    given = {"redfish": fence.redfish, "lab": fence.lab, "manual": fence.manual}
    return tuple(way for way, value in given.items() if value)

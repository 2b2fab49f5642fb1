"""A service may only need datastores that exist."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from holdfast.finding import Finding
from holdfast.plan.inventory import Inventory
from holdfast.spec.model import System


def check(system: System, inventory: Inventory) -> Iterator[Finding]:
    for name, service in system.services.items():
        for number, need in enumerate(service.needs):
            path = ("services", name, "needs", number)
            if need not in system.datastores:
                close = get_close_matches(need, system.datastores, n=1)
                known = ", ".join(system.datastores) or "none yet"
                yield Finding.error(
                    "needs-unknown",
                    f"{name} needs an unknown datastore, '{need}'",
                    f"did you mean '{close[0]}'?" if close else f"datastores are: {known}",
                    path,
                )
            elif need in service.needs[:number]:
                yield Finding.error(
                    "needs-twice", f"{name} needs {need} twice", "keep one of them", path
                )

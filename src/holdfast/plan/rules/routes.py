"""Every route must lead somewhere, and only to one place."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from holdfast.finding import Finding
from holdfast.plan.inventory import Inventory
from holdfast.spec.model import System


def check(system: System, inventory: Inventory) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for number, route in enumerate(system.gateway.routes):
        if route.service not in system.services:
            close = get_close_matches(route.service, system.services, n=1)
            known = ", ".join(system.services) or "none yet"
            hint = f"did you mean '{close[0]}'?" if close else f"services are: {known}"
            path = ("gateway", "routes", number, "service")
            message = f"the route {route.path} leads to an unknown service, '{route.service}'"
            yield Finding.error("routes-unknown", message, hint, path)
        if route.path in first:
            yield Finding.error(
                "routes-twice",
                f"a second route for {route.path}; the first leads to {first[route.path]}",
                "keep one of them",
                ("gateway", "routes", number, "path"),
            )
        first.setdefault(route.path, route.service)
    if system.services and not system.gateway.routes:
        yield Finding.warning(
            "routes-none",
            "no route leads to any service: the edge answers nothing",
            "add one, such as {path: /, service: " + next(iter(system.services)) + "}",
            ("gateway",),
        )

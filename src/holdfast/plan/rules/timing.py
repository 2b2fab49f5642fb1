"""The timers must fit each other, and the objectives must be within their reach."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.finding import Finding
from holdfast.plan.inventory import Inventory
from holdfast.spec.model import System
from holdfast.timers import floors, rules
from holdfast.timers.change import chosen, findings
from holdfast.timers.profiles import PROFILES


def check(system: System, inventory: Inventory) -> Iterator[Finding]:
    profile, values = system.timers.profile, system.timers.values
    wrong = tuple(findings(PROFILES[profile], values, ("timers", "values")))
    yield from wrong
    if wrong:
        return
    timers = chosen(PROFILES, profile, values)
    yield from rules.findings(timers)
    least = {"edge": floors.edge_s(timers)}
    if system.datastores:
        least["write"] = floors.write_s(timers, len(inventory.hosts))
    for kind, floor in least.items():
        objective = getattr(system.objectives.outage, kind)
        if objective < floor:
            yield Finding.warning(
                "timing-objective",
                f"an {kind} outage of {objective:g} s is out of reach: with timers "
                f"'{timers.profile}' a lost host takes {floor:.2f} s at least",
                "choose faster timers, or promise less",
                ("objectives", "outage", kind),
            )

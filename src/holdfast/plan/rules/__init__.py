"""What makes a system worth deploying: one rule per file, each giving findings.

A rule is a pure function of the spec and its machines. An error stops everything; a warning is a
weak spot that someone may have reasons for; a note is worth knowing.
"""

from __future__ import annotations

from holdfast.finding import Finding
from holdfast.plan.inventory import Inventory
from holdfast.plan.rules import (
    addresses,
    budget,
    commands,
    fencing,
    journeys,
    names,
    needs,
    operators,
    ports,
    quorum,
    routes,
    spread,
    timing,
    tokens,
)
from holdfast.spec.model import System

RULES = (
    quorum,
    addresses,
    names,
    fencing,
    operators,
    ports,
    routes,
    tokens,
    needs,
    commands,
    journeys,
    spread,
    budget,
    timing,
)


def findings(system: System, inventory: Inventory) -> tuple[Finding, ...]:
    """What every rule has to say."""
    return tuple(finding for rule in RULES for finding in rule.check(system, inventory))

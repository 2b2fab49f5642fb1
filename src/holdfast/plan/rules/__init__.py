"""What makes a system worth deploying: one rule per file, each giving findings."""

from __future__ import annotations

from holdfast.finding import Finding
from holdfast.plan.inventory import Inventory
from holdfast.spec.model import System


def findings(system: System, inventory: Inventory) -> tuple[Finding, ...]:
    """What every rule has to say."""
    return ()

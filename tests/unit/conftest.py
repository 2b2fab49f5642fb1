"""What unit tests share: patience, and the reference business as a plan.

Properties are judged by what they find, not by how long a busy machine takes.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from holdfast.lab.place import Lab
from holdfast.plan.build import build
from holdfast.plan.model import Plan
from holdfast.spec.load import load

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

SHOP = Path(__file__).parents[2] / "examples/shop/small.yaml"


@pytest.fixture
def shop() -> Plan:
    """examples/shop, on three hosts."""
    return build(load(SHOP).system, Lab("unit").inventory())

"""A cluster of each design, in the lab's addresses."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.cluster.model import ClusterPlan
from holdfast.cluster.plan import build
from holdfast.lab.place import Lab
from holdfast.spec.cluster import Cluster

OUTSIDE = {"endpoint": "outside", "balancers": ("n4", "n5")}


def planned(**cluster: Any) -> ClusterPlan:
    asked = Cluster(**cluster)
    return build("kube", asked, Lab("unit").inventory(3 + len(asked.balancers)))


@pytest.fixture
def per_node() -> ClusterPlan:
    return planned()


@pytest.fixture
def outside() -> ClusterPlan:
    return planned(**OUTSIDE)

"""A profile with the single timers that a spec has set."""

from __future__ import annotations

from holdfast.spec.cluster import Cluster
from holdfast.timers.change import chosen
from holdfast.timers.cluster.model import ClusterTimers
from holdfast.timers.cluster.profiles import PROFILES


def tuned(cluster: Cluster) -> ClusterTimers:
    return chosen(PROFILES, cluster.timers.profile, cluster.timers.values)

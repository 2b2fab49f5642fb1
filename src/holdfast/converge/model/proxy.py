"""kube-proxy writes its rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from holdfast.converge.model.graph import Seconds
from holdfast.timers.cluster.model import KubeProxy


@dataclass(frozen=True)
class Sync:
    """From a change (`since`) until kube-proxy begins to write rules that hold it. `seen`: other
    changes, which make it write, too.

    A change is written at once, unless less than min_sync has passed since the last writing; then
    when it has, together with all that came meanwhile. So each writing depends on those before:

        w(k) = max(change(k), w(k-1) + min_sync),   w(0) = -U(0, sync)

    as rules are also written every `sync` without a change. Source: pkg/proxy/runner/
    bounded_frequency_runner.go; pkg/proxy/iptables/proxier.go."""

    proxy: KubeProxy

    def draw(self, chance: np.random.Generator, since: Seconds, *seen: Seconds) -> Seconds:
        least = self.proxy.min_sync_ms / 1000
        written = -chance.random(since.size) * max(self.proxy.sync_ms, 1) / 1000
        for change in np.sort([np.minimum(each, since) for each in (*seen, since)], axis=0):
            anew = np.maximum(change, written + least)
            written = np.where(change > written, anew, written)
        return np.asarray(np.maximum(0.0, written - since))

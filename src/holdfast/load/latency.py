"""How long users waited: from the moment at which they meant to ask. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from holdfast.load.rows import Row


@dataclass(frozen=True)
class Latency:
    """Milliseconds, of everything that was asked: who got no answer waited, too."""

    p50: float
    p90: float
    p99: float
    p999: float
    longest: float


def latency(rows: Iterable[Row]) -> Latency | None:
    """None when nothing was asked."""
    waited = sorted((row.done - row.intended) / 1000 for row in rows)
    if not waited:
        return None
    return Latency(
        percentile(waited, 50),
        percentile(waited, 90),
        percentile(waited, 99),
        percentile(waited, 99.9),
        waited[-1],
    )


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest value that `percent` of all do not exceed (nearest rank). Of at least one."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100 - 1e-9) - 1)]

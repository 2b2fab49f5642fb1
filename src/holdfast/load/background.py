"""Load that ran beside a drill: what became of it before the fault, during it, and after the heal.

Nothing is judged here: that is the probes' part, which ask often enough to measure an outage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from holdfast.drill.timeline import FAULT, HEALED, Timeline
from holdfast.load.rows import Recording, between
from holdfast.load.summary import Generator, Served, effort_of, served, told

BEFORE, BROKEN, AFTER = "before", "broken", "after"


@dataclass(frozen=True)
class Background:
    """By phase, in order of time."""

    rate: float
    phases: Mapping[str, Served]
    generator: Generator


def background(recording: Recording, timeline: Timeline) -> Background:
    """A request belongs to the phase in which it was due."""
    begun = recording.header.started_at
    fault, healed = timeline.moment(FAULT), timeline.moment(HEALED)
    struck = float("inf") if fault is None else fault - begun
    mended = float("inf") if healed is None else healed - begun
    bounds = {BEFORE: (0.0, struck), BROKEN: (struck, mended), AFTER: (mended, float("inf"))}
    return Background(
        rate=recording.header.rate,
        phases={name: served(between(recording.rows, *when)) for name, when in bounds.items()},
        generator=effort_of(recording),
    )


def document(load: Background) -> dict[str, Any]:
    """Part of verdict.json; latencies in milliseconds."""
    return {
        "rate": load.rate,
        "generator": asdict(load.generator),
        "phases": {name: told(phase) for name, phase in load.phases.items()},
    }

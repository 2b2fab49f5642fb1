"""Everything that a timeline comes down to: what every face of a report shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from holdfast.drill.measure import Measurement, measure
from holdfast.drill.phases import Phase, phases
from holdfast.drill.timeline import (
    ABORTED,
    DRILL,
    FAULT,
    HEALED,
    RECOVERED,
    STALLED,
    UNRECOVERED,
    Event,
    Timeline,
)
from holdfast.drill.verdict import Judged, Verdict, judge
from holdfast.load.background import Background, background
from holdfast.load.rows import Recording

_TOLD: dict[tuple[str, str], tuple[str, ...]] = {
    (DRILL, FAULT): (),
    (DRILL, HEALED): (),
    (DRILL, STALLED): (),
    (DRILL, RECOVERED): (),
    (DRILL, UNRECOVERED): (),
    (DRILL, ABORTED): (),
    ("keepalived", "master"): ("keepalived.advert_ms",),
    ("haproxy", "down"): ("haproxy.inter_ms", "haproxy.fall"),
    ("systemd", "exited"): (),
    ("steward", "rejoined"): (),
}
"""Events worth a line in a short course of the run, besides the phases, and the timers that they
waited for."""
_BEFORE_S = 0.5
_TOLD_MOST = 3


@dataclass(frozen=True)
class Step:
    """A line of the course: seconds relative to the fault, what, and who said it."""

    at_s: float
    text: str
    source: str
    timers: tuple[str, ...] = ()
    took_s: float | None = None


@dataclass(frozen=True)
class Summary:
    timeline: Timeline
    measurements: tuple[Measurement, ...]
    judged: Judged
    phases: tuple[Phase, ...]
    load: Background | None = None

    @property
    def zero(self) -> float:
        """The fault; without one, the start of the run."""
        fault = self.timeline.moment(FAULT)
        return self.timeline.header.started_at if fault is None else fault

    @property
    def held(self) -> bool:
        return self.judged.overall is Verdict.HELD


def summarise(timeline: Timeline, load: Recording | None = None) -> Summary:
    """`load` is what was sent beside the drill, where something was."""
    measured = measure(timeline)
    beside = None if load is None else background(load, timeline)
    return Summary(timeline, measured, judge(timeline, measured), phases(timeline), beside)


def course(summary: Summary) -> tuple[Step, ...]:
    """The run in a few lines, in order: phases, and what else was worth telling. What many hosts
    say again and again is told a few times only."""
    steps = [_phase_step(phase) for phase in summary.phases]
    steps += _told(summary)
    return tuple(sorted(steps, key=lambda step: step.at_s))


def _phase_step(phase: Phase) -> Step:
    text = f"{phase.name} {phase.detail}".strip()
    source = f"{phase.source} {' '.join(phase.hosts)}".strip()
    return Step(phase.at_s, text, source, phase.timers, phase.took_s)


def _told(summary: Summary) -> Iterator[Step]:
    seen: dict[tuple[str, str], int] = {}
    for event in summary.timeline.events:
        kind = (event.source, event.kind)
        at = event.at - summary.zero
        if kind not in _TOLD or at < -_BEFORE_S or _ordered(event):
            continue
        seen[kind] = seen.get(kind, 0) + 1
        if event.source == DRILL or seen[kind] <= _TOLD_MOST:
            timers = tuple(map(summary.timeline.header.timer, _TOLD[kind]))
            yield Step(at, _words(event, summary), f"{event.source} {event.host}".strip(), timers)


def _ordered(event: Event) -> bool:
    """haproxy took a server out because the steward said so: its own line says it already."""
    return event.source == "haproxy" and "for maintenance" in event.detail


def _words(event: Event, summary: Summary) -> str:
    header = summary.timeline.header
    if (event.source, event.kind) == (DRILL, FAULT):
        return f"{header.drill} of {header.victim_host}"
    return f"{event.kind} {event.detail}".strip()

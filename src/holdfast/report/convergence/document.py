"""explained.json: a cut for programs. Keys are only ever added."""

from __future__ import annotations

from typing import Any

from holdfast.converge.explain import Explained, Lost
from holdfast.converge.phases import Course


def document(cut: Explained) -> dict[str, Any]:
    """Seconds after the cut; null for what did not end."""
    header = cut.header
    return {
        "timers": header.timers,
        "endpoint": header.endpoint,
        "node_agent": header.node_agent,
        "victim": header.victim_host,
        "was": header.was,
        "started_at": header.started_at,
        "machine": header.machine,
        "timer_values": header.timer_values,
        "times": {course.name: _course(course) for course in cut.courses},
        "answered_s": {group: _rounded(at) for group, at in cut.answered_s.items()},
        "tail": None if cut.tail is None else _lost(cut.tail),
        "heard_s": {watch: _rounded(at) for watch, at in cut.heard.items()},
        "survivors": {way: _lost(lost) for way, lost in cut.survivors.items()},
        "stalled": cut.stalled,
    }


def _course(course: Course) -> dict[str, Any]:
    return {
        "total_s": _rounded(course.total_s),
        "watched_s": _rounded(course.watched_s),
        "phases": [
            {
                "name": phase.name,
                "state": phase.state.value,
                "at_s": _rounded(phase.at_s),
                "took_s": _rounded(phase.took_s),
                "who": phase.who,
                "detail": phase.detail,
                "timers": list(phase.timers),
            }
            for phase in course.phases
        ],
    }


def _lost(lost: Lost) -> dict[str, Any]:
    return {"bad": lost.bad, "asked": lost.asked, "last_s": _rounded(lost.last_s)}


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 4)

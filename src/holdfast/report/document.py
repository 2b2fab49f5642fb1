"""verdict.json: a run's result for programs. Keys are only ever added."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from holdfast.drill.measure import Measurement, Outage
from holdfast.drill.timeline import FAULT, Event
from holdfast.drill.verdict import Judgement
from holdfast.load.background import document as load_document
from holdfast.report.summary import Summary


def document(summary: Summary) -> dict[str, Any]:
    """Times `at_s` are seconds after the fault; null stands for what is not known."""
    header = summary.timeline.header
    fault = summary.timeline.moment(FAULT)
    return {
        "drill": header.drill,
        "victim": header.victim,
        "victim_host": header.victim_host,
        "was": header.was,
        "system": header.system,
        "started_at": _utc(header.started_at),
        "fault_at": None if fault is None else _utc(fault),
        "verdict": summary.judged.overall.value,
        "recovery": _judgement(summary.judged.recovery),
        "probes": {
            m.probe: {
                "group": header.groups.get(m.probe, m.probe),
                **_probe(m, header.objectives.get(m.probe), summary.judged.probes[m.probe]),
            }
            for m in summary.measurements
        },
        "load": None if summary.load is None else load_document(summary.load),
        "lost_writes_allowed": header.lost_writes,
        "phases": [
            {
                "name": phase.name,
                "at_s": _rounded(phase.at_s),
                "took_s": _rounded(phase.took_s),
                "source": phase.source,
                "hosts": list(phase.hosts),
                "detail": phase.detail,
                "timers": list(phase.timers),
            }
            for phase in summary.phases
        ],
        "timers": header.timers,
        "timer_values": header.timer_values,
        "machine": header.machine,
        "clock_offsets_s": header.offsets,
        "clock_offset_errors_s": header.offset_errors,
        "events": [_event(event, summary.zero) for event in summary.timeline.events],
    }


def _probe(measured: Measurement, objective: float | None, judged: Judgement) -> dict[str, Any]:
    outage = measured.outage
    return {
        "outage_s": _interval(outage),
        "ended": outage is not None and outage.high is not None,
        "at_least_s": None if outage is None else _rounded(outage.low),
        "asked": measured.asked,
        "acked": measured.acked,
        "failed": measured.failed,
        "unknown": measured.unknown,
        "lost": measured.lost,
        "objective_s": objective,
        "verdict": judged.verdict.value,
        "why": judged.why,
        "excused": measured.excused,
        "period_s": measured.period,
        "usual_answer_s": _rounded(measured.usual),
        "outages_s": [_interval(each) for each in measured.outages],
    }


def _interval(outage: Outage | None) -> list[float] | None:
    """Null for an outage that did not end, or that nobody could measure."""
    if outage is None or outage.high is None:
        return None
    return [_rounded(outage.low), _rounded(outage.high)]


def _judgement(judged: Judgement) -> dict[str, str]:
    return {"verdict": judged.verdict.value, "why": judged.why}


def _event(event: Event, zero: float) -> dict[str, Any]:
    return {
        "at_s": _rounded(event.at - zero),
        "source": event.source,
        "kind": event.kind,
        "host": event.host,
        "detail": event.detail,
        "about": event.about,
    }


def _rounded(seconds: float) -> float:
    """To a tenth of a millisecond: finer than any clock here."""
    return round(seconds, 4)


def _utc(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")

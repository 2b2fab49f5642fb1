"""A run as one HTML page that needs nothing else: no network, no other file."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from holdfast import __version__
from holdfast.drill.measure import Measurement
from holdfast.drill.timeline import RECOVERED
from holdfast.load.background import Background
from holdfast.load.latency import Latency
from holdfast.report.plot import plot
from holdfast.report.summary import Step, Summary, course
from holdfast.report.terminal import lost_text, outage_text
from holdfast.report.words import WORDS

_TEMPLATES = "templates"


def page(summary: Summary, evidence: str) -> str:
    """`evidence` names the folder in which the run is kept."""
    environment = Environment(
        loader=PackageLoader("holdfast.report", _TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["t"] = both
    steps = course(summary)
    return environment.get_template("report.html").render(
        header=summary.timeline.header,
        started=_utc(summary.timeline.header.started_at),
        verdict=summary.judged.overall.value,
        recovery=summary.judged.recovery,
        cards=_cards(summary),
        steps=[_step(number, step) for number, step in enumerate(steps, start=1)],
        probes=[_row(measured, summary) for measured in summary.measurements],
        events=[
            {
                "at": f"{event.at - summary.zero:+.3f}",
                "source": event.source,
                "kind": event.kind,
                "host": event.host,
                "about": event.about,
                "detail": event.detail,
            }
            for event in summary.timeline.events
        ],
        load=None if summary.load is None else _load(summary.load),
        plot=plot(summary, steps),
        evidence=evidence,
        version=__version__,
        style=asset("report.css"),
        script=asset("report.js"),
    )


def _load(load: Background) -> dict[str, Any]:
    return {
        "rate": f"{load.rate:g}",
        "reached": f"{load.generator.rate:.1f}",
        "late": f"{load.generator.late_ms:.1f}",
        "percentiles": ("p50", "p90", "p99", "p99.9", "max"),
        "phases": [
            {
                "name": name,
                "asked": phase.asked,
                "good": phase.good,
                "failed": phase.failed,
                "unknown": phase.unknown,
                "errors": phase.errors,
                "waited": _waited(phase.latency),
            }
            for name, phase in load.phases.items()
        ],
    }


def _waited(waited: Latency | None) -> list[str]:
    """In milliseconds; of nothing, nothing."""
    if waited is None:
        return ["-"] * 5
    figures = (waited.p50, waited.p90, waited.p99, waited.p999, waited.longest)
    return [f"{figure:.1f}" for figure in figures]


def both(key: str) -> Markup:
    """A word in both languages; the page shows one of them."""
    words = WORDS[key]
    return Markup('<span lang="en">{}</span><span lang="zh">{}</span>').format(words.en, words.zh)


def asset(name: str) -> Markup:
    """A file of ours that goes into the page as it is."""
    return Markup((files("holdfast.report") / _TEMPLATES / name).read_text(encoding="utf-8"))


def _utc(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _cards(summary: Summary) -> list[dict[str, Any]]:
    """The figures that people look for first."""
    groups: dict[str, list[Measurement]] = {}
    for measured in summary.measurements:
        if not measured.excused:
            group = summary.timeline.header.groups.get(measured.probe, measured.probe)
            groups.setdefault(group, []).append(measured)
    cards = [_outage_card(group, members) for group, members in groups.items()]
    writers = [m for m in summary.measurements if m.writer]
    if writers:
        cards.append(_lost_card(writers))
    return [*cards, _recovery_card(summary)]


def _outage_card(group: str, members: list[Measurement]) -> dict[str, Any]:
    slowest = max(members, key=_longest)
    return {
        "label": group,
        "figure": _figure(slowest),
        "unit": "s",
        "note": both("worst_of") + f" {len(members)}",
    }


def _longest(measured: Measurement) -> float:
    outage = measured.outage
    return float("inf") if outage is None or outage.high is None else outage.high


def _figure(measured: Measurement) -> Markup:
    if measured.outage is None:
        return both("no_outage")
    return both("not_ended") if measured.outage.high is None else escape(outage_text(measured))


def _lost_card(writers: list[Measurement]) -> dict[str, Any]:
    known = [m.lost for m in writers if m.lost is not None]
    return {
        "label": both("acked_lost"),
        "figure": escape(str(sum(known))) if len(known) == len(writers) else both("unknown"),
        "unit": "",
        "note": both("of_acked") + f" {sum(m.acked for m in writers)}",
    }


def _recovery_card(summary: Summary) -> dict[str, Any]:
    recovered = summary.timeline.moment(RECOVERED)
    return {
        "label": both("recovery"),
        "figure": both("not_ended") if recovered is None else f"{recovered - summary.zero:.1f}",
        "unit": "" if recovered is None else "s",
        "note": both(summary.judged.recovery.verdict.value),
    }


def _step(number: int, step: Step) -> dict[str, Any]:
    return {
        "number": number,
        "at": f"{step.at_s:+.2f}",
        "took": "" if step.took_s is None else f"{step.took_s:.2f}",
        "text": step.text,
        "source": step.source,
        "timers": step.timers,
    }


def _row(measured: Measurement, summary: Summary) -> dict[str, Any]:
    judged = summary.judged.probes[measured.probe]
    objective = summary.timeline.header.objectives.get(measured.probe)
    return {
        "name": measured.probe,
        "outage": outage_text(measured),
        "objective": "-" if objective is None else f"{objective:g}",
        "asked": measured.asked,
        "acked": measured.acked,
        "failed": measured.failed,
        "unknown": measured.unknown,
        "lost": lost_text(measured),
        "usual": f"{measured.usual * 1000:.1f}",
        "verdict": "excused" if measured.excused else judged.verdict.value,
        "why": judged.why,
    }

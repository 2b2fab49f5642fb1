"""A run's result on a terminal: the course, a line per probe, the verdict, the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from holdfast.drill.measure import Measurement
from holdfast.drill.verdict import Verdict
from holdfast.load.background import Background
from holdfast.report.summary import Step, Summary, course

STYLES = {Verdict.HELD: "bold green", Verdict.BROKEN: "bold red", Verdict.UNKNOWN: "bold yellow"}


def terminal(summary: Summary, evidence: Path) -> RenderableType:
    """`evidence` names the folder in which everything is kept."""
    return Group(
        _title(summary),
        Padding(_course(course(summary)), (0, 0, 1, 2)),
        Padding(_probes(summary), (0, 0, 1, 2)),
        *_load(summary.load),
        *_conclusion(summary, evidence),
    )


def _title(summary: Summary) -> Text:
    header = summary.timeline.header
    title = Text(f"{header.drill} {header.victim}", style="bold")
    return title.append(
        f"  ({header.victim_host} was: {header.was or 'unknown'}; timers: {header.timers})",
        style="not bold",
    )


def _course(steps: tuple[Step, ...]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold", style="dim")
    for step in steps:
        table.add_row(f"{step.at_s:+.2f}", Text(step.text), step.source, " ".join(step.timers))
    return table


def _probes(summary: Summary) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("probe", no_wrap=True)
    for name in ("outage (s)", "acked", "unknown", "lost", "objective"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", overflow="fold")
    for measured in summary.measurements:
        table.add_row(*_row(measured, summary))
    return table


def _row(measured: Measurement, summary: Summary) -> Iterator[str | Text]:
    judged = summary.judged.probes[measured.probe]
    objective = summary.timeline.header.objectives.get(measured.probe)
    yield measured.probe
    yield outage_text(measured)
    yield str(measured.acked) if measured.writer else "-"
    yield str(measured.unknown)
    yield lost_text(measured)
    yield "-" if objective is None else f"{objective:.1f}"
    if measured.excused:
        yield Text("excused: the victim's own entry point", style="dim")
    elif judged.verdict is Verdict.HELD:
        yield Text(judged.verdict.value, style=STYLES[judged.verdict])
    else:
        yield Text(judged.verdict.value, style=STYLES[judged.verdict]).append(
            f": {judged.why}", style="not bold"
        )


def _load(load: Background | None) -> Iterator[RenderableType]:
    """What became of the load beside the drill, if there was one."""
    if load is None:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(f"load {load.rate:g}/s", no_wrap=True)
    for name in ("asked", "good", "failed", "unknown", "p50 ms", "p99", "max"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("errors", overflow="fold", style="dim")
    for name, phase in load.phases.items():
        waited = phase.latency
        figures = () if waited is None else (waited.p50, waited.p99, waited.longest)
        counts = (phase.asked, phase.good, phase.failed, phase.unknown)
        words = [*map(str, counts), *(f"{figure:.0f}" for figure in figures)]
        errors = ", ".join(f"{count} x {error}" for error, count in phase.errors.items())
        table.add_row(name, *words, *[""] * (7 - len(words)), errors)
    yield Padding(table, (0, 0, 1, 2))


def outage_text(measured: Measurement) -> str:
    """An interval in seconds, or why there is none."""
    if measured.outage is None:
        return "not measured"
    if measured.outage.high is None:
        return f"{measured.outage.low:.2f} .. not ended"
    return f"{measured.outage.low:.2f} .. {measured.outage.high:.2f}"


def lost_text(measured: Measurement) -> str:
    if not measured.writer:
        return "-"
    return "unknown" if measured.lost is None else str(measured.lost)


def _conclusion(summary: Summary, evidence: Path) -> Iterator[RenderableType]:
    judged = summary.judged
    verdict = Text("  verdict: ").append(judged.overall.value, style=STYLES[judged.overall])
    yield verdict.append(f"; {judged.recovery.why}")
    yield Text(f"  evidence: {evidence}/", overflow="fold")
    yield Text(f"  report:   {evidence / 'report.html'}", overflow="fold")

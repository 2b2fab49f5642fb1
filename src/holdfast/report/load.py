"""A load run on a terminal: what was asked and answered, how long it took, who did the work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from holdfast.drill.verdict import Judgement, Verdict
from holdfast.load.evenness import Layer, told
from holdfast.load.summary import LoadSummary, Served
from holdfast.report.terminal import STYLES

_SHOWN_MEMBERS = 9


def terminal(summary: LoadSummary, evidence: Path) -> RenderableType:
    """`evidence` names the folder in which everything is kept."""
    return Group(
        _title(summary),
        Padding(_served(summary), (0, 0, 1, 2)),
        Padding(_layers(summary), (0, 0, 1, 2)),
        *_conclusion(summary, evidence),
    )


def _title(summary: LoadSummary) -> Text:
    header = summary.recording.header
    own = summary.generator
    title = Text(f"load {header.rate:g}/s", style="bold")
    busy = "unknown" if own.busy is None else f"{own.busy:.0%}"
    return title.append(
        f"  (reached {own.rate:.1f}/s; generator {own.late_ms:.1f} ms late, {busy} of a processor)",
        style="not bold",
    )


def _served(summary: LoadSummary) -> Table:
    table = _table("path", "asked", "good", "failed", "unknown", "p50 ms", "p90", "p99", "p99.9")
    table.add_column("max", justify="right", no_wrap=True)
    for name, part in summary.parts.items():
        table.add_row(name, *_counts(part))
    if len(summary.parts) > 1:
        table.add_row("all", *_counts(summary.all))
    return table


def _counts(part: Served) -> Iterator[str]:
    yield from map(str, (part.asked, part.good, part.failed, part.unknown))
    waited = part.latency
    if waited is not None:
        figures = (waited.p50, waited.p90, waited.p99, waited.p999, waited.longest)
        yield from (f"{figure:.1f}" for figure in figures)


def _layers(summary: LoadSummary) -> Table:
    table = _table("shared by", "members", "max/mean-1", "chance")
    table.add_column("verdict", overflow="fold")
    table.add_column("shares", overflow="fold", style="dim")
    for layer in summary.layers:
        table.add_row(*_layer(layer))
    return table


def _layer(layer: Layer) -> Iterator[str | Text]:
    yield layer.name
    yield str(len(layer.shares))
    yield "-" if layer.excess is None else f"{layer.excess:.2%}"
    yield f"{layer.p:.3f}"
    if layer.limit is None:
        yield Text(layer.judged.why, style="dim")
    else:
        yield _judged(layer.judged)
    shown = list(told(layer.shares))
    yield ", ".join(shown) if len(shown) <= _SHOWN_MEMBERS else ", ".join(shown[:9]) + ", ..."


def _judged(judged: Judgement) -> Text:
    text = Text(judged.verdict.value, style=STYLES[judged.verdict])
    return text if judged.verdict is Verdict.HELD else text.append(f": {judged.why}", "not bold")


def _conclusion(summary: LoadSummary, evidence: Path) -> Iterator[RenderableType]:
    for error, count in summary.all.errors.items():
        yield Text(f"  {count} x {error}", overflow="fold")
    yield from _alone(summary)
    verdict = Text("  verdict: ").append(summary.overall.value, style=STYLES[summary.overall])
    reasons = "; ".join(dict.fromkeys((summary.answered.why, summary.ourselves.why)))
    yield verdict.append(f"; {reasons}")
    yield Text(f"  evidence: {evidence}/", overflow="fold")


def _alone(summary: LoadSummary) -> Iterator[RenderableType]:
    """What cannot be spread, and what is spread instead."""
    primaries = summary.recording.primaries
    if primaries:
        where = ", ".join(f"{name} on {host}" for name, host in primaries.items())
        yield Text(
            f"  Writes have one primary each: {where}. Spread instead: reads, and the primaries"
            " over the hosts.",
            overflow="fold",
        )


def _table(first: str, *figures: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(first, no_wrap=True)
    for name in figures:
        table.add_column(name, justify="right", no_wrap=True)
    return table

"""Predicted beside measured, on a terminal and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from holdfast.converge.model.compare import (
    INSIDE,
    MEDIAN_WITHIN,
    Compared,
    Judged,
    Line,
    Pooled,
    Verdict,
)
from holdfast.report.prediction.document import rounded
from holdfast.report.prediction.terminal import seconds, table_of

COLUMNS = ("n", "measured p50", "predicted p50", "p1", "p99", "error", "inside", "verdict")

POOLED = ("wait", "n", "measured / predicted", "inside", "verdict")

_STYLES = {
    Verdict.RIGHT: "green",
    Verdict.WRONG: "bold red",
    Verdict.SHOWN: "dim",
    Verdict.FEW: "dim",
}


def terminal(judged: Judged, unknown: int) -> RenderableType:
    whole = ((pooled(each), each.verdict) for each in judged.pooled)
    return Group(
        *(part for case in judged.cases for part in _case(case)),
        Text("All together", style="bold"),
        Padding(_table(POOLED, whole, ""), (0, 0, 1, 2)),
        Text(summary(judged, unknown), style="bold"),
    )


def pooled(each: Pooled) -> tuple[str, ...]:
    """All but the verdict."""
    inside = f"{each.inside} of {each.runs}"
    return (each.kind, each.name, str(each.runs), f"{each.ratio:.2f}", inside)


def summary(judged: Judged, unknown: int) -> str:
    within, total = judged.inside
    word = "holds" if judged.holds else "does not hold"
    left = f"; {unknown} runs tell of nothing that it knows" if unknown else ""
    return (
        f"the model {word}: {within} of {total} waits between the first and the last percent "
        f"({INSIDE:.0%} wanted), medians within {MEDIAN_WITHIN:.0%}{left}"
    )


def _case(case: Compared) -> Iterator[RenderableType]:
    lines = ((row(line), line.verdict) for line in case.lines)
    yield Text(case.name, style="bold")
    yield Padding(_table(COLUMNS, lines, "seconds"), (0, 0, 0, 2))
    yield Padding(Text(verdict(case), style="dim"), (0, 0, 1, 2))


def verdict(case: Compared) -> str:
    wrong = case.worst_phase
    return "no phase is off by much" if wrong is None else f"most wrong: {wrong.name}"


def _table(columns: Sequence[str], rows: Iterable[tuple[Iterable[str], Verdict]], of: str) -> Table:
    table = table_of(of, *columns)
    for cells, judged in rows:
        table.add_row(*cells, Text(judged.value, style=_STYLES[judged]))
    return table


def row(line: Line) -> Iterator[str]:
    """All but the verdict."""
    yield line.name if line.judged else f"  {line.name}"
    yield str(line.runs)
    for figure in (line.measured, line.predicted, line.least, line.most):
        yield seconds(figure)
    yield f"{line.error:+.0%}"
    yield f"{line.inside} of {line.runs}"


def document(judged: Judged, unknown: int) -> dict[str, Any]:
    """Keys are only ever added. Seconds; null for what never comes."""
    within, total = judged.inside
    return {
        "holds": judged.holds,
        "inside": within,
        "of": total,
        "unknown_runs": unknown,
        "together": [
            {
                "kind": each.kind,
                "name": each.name,
                "runs": each.runs,
                "ratio": rounded(each.ratio),
                "inside": each.inside,
                "verdict": each.verdict.value,
            }
            for each in judged.pooled
        ],
        "cases": {case.name: [_line(line) for line in case.lines] for case in judged.cases},
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "name": line.name,
        "judged": line.judged,
        "runs": line.runs,
        "measured_p50_s": rounded(line.measured),
        "predicted_p50_s": rounded(line.predicted),
        "predicted_p1_s": rounded(line.least),
        "predicted_p99_s": rounded(line.most),
        "error": rounded(line.error),
        "inside": line.inside,
        "verdict": line.verdict.value,
    }

"""A prediction on a terminal: how long users wait, what that is made of, which phases decide."""

from __future__ import annotations

from collections.abc import Iterator
from math import isinf

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from holdfast.converge.model.predict import Phase, Prediction, Spread, Wait

_BAR = 16
"""Columns of the longest bar."""

_LEAST_SHARE = 0.001
"""Phases that hardly ever matter are left out, and counted."""


def terminal(prediction: Prediction) -> RenderableType:
    return Group(
        Text(prediction.title, style="bold"),
        Padding(_waits(prediction), (0, 0, 1, 2)),
        *(part for wait in prediction.waits for part in _phases(wait)),
        Text(f"{prediction.draws} draws, seed {prediction.seed}; seconds", style="dim"),
    )


def _waits(prediction: Prediction) -> Table:
    table = table_of("what", "p50", "p90", "p99", "worst", "until")
    for wait in prediction.waits:
        table.add_row(wait.key, *figures(wait.spread), wait.words)
    return table


def _phases(wait: Wait) -> Iterator[RenderableType]:
    title = Text(f"{wait.key}: ", style="bold").append(wait.words, style="not bold")
    table = table_of("phase", "p50", "p99", "on path", "decides", "of time", "", "timers")
    shown = [phase for phase in wait.phases if phase.on_path >= _LEAST_SHARE]
    if not shown:
        return
    for phase in shown:
        table.add_row(*_row(phase))
    left = len(wait.phases) - len(shown)
    if left:
        table.caption = f"{left} more in fewer than {_LEAST_SHARE:.1%} of the draws"
        table.caption_justify = "left"
    yield title
    yield Padding(table, (0, 0, 1, 2))


def _row(phase: Phase) -> Iterator[str | Text]:
    yield phase.name
    yield seconds(phase.took.p50)
    yield seconds(phase.took.p99)
    yield f"{phase.on_path:.0%}"
    yield f"{phase.decides:.0%}"
    yield f"{phase.of_time:.0%}"
    yield Text("█" * round(phase.of_time * _BAR), style="cyan")
    yield " ".join(phase.timers)


def table_of(first: str, *others: str) -> Table:
    """Figures to the right, words to the left."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(first, no_wrap=True)
    for name in others:
        words = name in ("until", "timers", "", "change", "against the above", "verdict")
        table.add_column(
            name,
            justify="left" if words else "right",
            overflow="fold",
            no_wrap=not words or not name,
        )
    return table


def figures(spread: Spread) -> tuple[str, str, str, str]:
    return (
        seconds(spread.p50),
        seconds(spread.p90),
        seconds(spread.p99),
        seconds(spread.worst),
    )


def seconds(value: float) -> str:
    """`0.69`, `428`; `never` for what may never come."""
    if isinf(value):
        return "never"
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}"

"""Cuts on a terminal: per kind of cluster, each of the two times with what it is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from math import isinf

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from holdfast.converge.phases import Course
from holdfast.converge.spread import Batch, Row, rows, spread


def terminal(batches: Sequence[Batch]) -> RenderableType:
    return Group(*(part for batch in batches for part in _batch(batch)))


def _batch(batch: Batch) -> Iterator[RenderableType]:
    count = len(batch.cuts)
    title = Text(batch.title, style="bold")
    yield title.append(f"  ({count} cut{'' if count == 1 else 's'}; {victims(batch)})", "not bold")
    for courses in batch.courses:
        yield Text(f"  {courses[0].name}: {spread(c.total_s for c in courses)} s")
        yield Padding(_phases(courses, batch), (0, 0, 1, 4))
    yield Padding(_others(batch), (0, 0, 1, 2))


def victims(batch: Batch) -> str:
    """`n1: etcd leader, scheduler; 2 x n3: nothing special`."""
    told = Counter(
        f"{cut.header.victim_host}: {cut.header.was or 'no leader of anything'}"
        for cut in batch.cuts
    )
    return "; ".join(f"{n} x {words}" if n > 1 else words for words, n in told.items())


def _phases(courses: Sequence[Course], batch: Batch) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("phase", overflow="fold")
    table.add_column("took (s)", justify="right", no_wrap=True)
    table.add_column("timers", overflow="fold", style="dim")
    header = batch.cuts[0].header
    for row in rows(courses):
        named = " ".join(header.timer(name) for name in row.timers)
        table.add_row(row.name, took(row), named)
    return table


def took(row: Row) -> str:
    """The figures, or what kept the phase from having one."""
    words = ", ".join(f"{state.value} {n} x" for state, n in row.states.items())
    if not words:
        return str(row.took)
    told = [figure for figure in row.took.figures if figure and not isinf(figure)]
    return f"{row.took}, {words}" if told else words


def _others(batch: Batch) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    totals = {courses[0].name for courses in batch.courses}
    for name, figures in batch.figures().items():
        if name not in totals:
            table.add_row(name, f"{figures} s")
    bad, asked = batch.tail
    table.add_row("new connections lost after the first answer", f"{bad} of {asked}")
    if stalled := sum(cut.stalled for cut in batch.cuts):
        table.add_row("times that we had no CPU to ask", str(stalled))
    return table


def comparison(batches: Sequence[Batch]) -> Table:
    """Kinds of clusters as columns; seconds, median (least .. most)."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("seconds", overflow="fold")
    for batch in batches:
        table.add_column(f"{batch.title} (n={len(batch.cuts)})", justify="right")
    for name, cells in compared(batches):
        table.add_row(name, *cells)
    return table


def compared(batches: Sequence[Batch]) -> Iterator[tuple[str, list[str]]]:
    """A line per figure, a cell per kind of cluster; after each of the times its phases."""
    figures = [batch.figures() for batch in batches]
    phases = [
        {courses[0].name: {row.name: took(row) for row in rows(courses)} for courses in b.courses}
        for b in batches
    ]
    for name in dict.fromkeys(name for own in figures for name in own):
        yield name, [str(own[name]) if name in own else "-" for own in figures]
        inner = (phase for own in phases for phase in own.get(name, ()))
        for phase in dict.fromkeys(inner):
            yield f"    {phase}", [own.get(name, {}).get(phase, "-") for own in phases]
    tails = [batch.tail for batch in batches]
    yield "connections lost after the first answer", [f"{bad} of {n}" for bad, n in tails]
    failed = [batch.failed for batch in batches]
    for way in dict.fromkeys(way for own in failed for way in own):
        counts = (own.get(way) for own in failed)
        cells = ["-" if count is None else f"{count[0]} of {count[1]}" for count in counts]
        yield f"surviving pods, {way}: failed", cells
    yield "load average before the cut", [batch.load for batch in batches]

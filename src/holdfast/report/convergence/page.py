"""Cuts as one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from holdfast.converge.explain import Explained
from holdfast.converge.spread import Batch, rows, spread
from holdfast.drill.folder import stamp
from holdfast.report import sheet
from holdfast.report.convergence.gantt import gantt
from holdfast.report.convergence.terminal import compared, took, victims
from holdfast.report.drawing import STYLE
from holdfast.report.sheet import section, subtitle, table

_NOTE = (
    "Seconds after the power was cut. The phases of a time follow each other and add up to it; "
    "of several cuts: median (least .. most)."
)


def page(batches: Sequence[Batch]) -> str:
    sections = [_compared(batches)] if len(batches) > 1 else []
    for batch in batches:
        sections += [_batch(batch), *(_cut(cut) for cut in batch.cuts)]
    return sheet.page(
        "how a cluster converges", "How the cluster converges after a power cut", STYLE, sections
    )


def _compared(batches: Sequence[Batch]) -> Markup:
    head = ("", *(f"{batch.title} (n={len(batch.cuts)})" for batch in batches))
    lines = ((name, *cells) for name, cells in compared(batches))
    return section("Side by side", _NOTE, table(head, lines))


def _batch(batch: Batch) -> Markup:
    header = batch.cuts[0].header
    tables = []
    for courses in batch.courses:
        title = f"{courses[0].name}: {spread(c.total_s for c in courses)} s"
        lines = (
            (row.name, took(row), " ".join(header.timer(name) for name in row.timers))
            for row in rows(courses)
        )
        tables.append(subtitle(title))
        tables.append(table(("phase", "took (s)", "timers"), lines))
    tables.append(Markup("<h3>What clients saw</h3>"))
    tables.append(table(("", "seconds"), _clients(batch)))
    return section(f"{batch.title}: {len(batch.cuts)} cuts", victims(batch), *tables)


def _clients(batch: Batch) -> Iterator[tuple[str, str]]:
    totals = {courses[0].name for courses in batch.courses}
    for name, figures in batch.figures().items():
        if name not in totals:
            yield name, str(figures)
    bad, asked = batch.tail
    yield "new connections lost after the first answer", f"{bad} of {asked}"


def _cut(cut: Explained) -> Markup:
    header = cut.header
    facts = " · ".join(f"{name} {value}" for name, value in header.machine.items())
    title = f"{stamp(header.started_at)}: {header.victim_host} ({header.was or 'no leader'})"
    return section(title, facts, gantt(cut))

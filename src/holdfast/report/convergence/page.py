"""Cuts as one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from markupsafe import Markup

from holdfast.converge.explain import Explained
from holdfast.converge.spread import Batch, rows, spread
from holdfast.drill.folder import stamp
from holdfast.report.convergence.gantt import gantt
from holdfast.report.convergence.terminal import compared, took, victims
from holdfast.report.html import asset

_PAGE = Markup(
    '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    "<title>Holdfast: how a cluster converges</title>\n<style>{style}{own}</style>\n<body>\n"
    "<main>\n<h1>How the cluster converges after a power cut</h1>\n{sections}\n</main>\n"
    "</body>\n</html>\n"
)

_STYLE = Markup(
    "svg { width: 100%; } svg text { fill: var(--ink); font-size: 12px; }"
    " svg text.total { font-weight: 650; } svg text.axis, svg text.none { fill: var(--muted); }"
    " svg .grid { stroke: var(--line); } svg rect.total { fill: var(--muted); }"
    " svg rect.phase { fill: var(--accent); } svg rect.open { fill: var(--out); }"
)

_NOTE = (
    "Seconds after the power was cut. The phases of a time follow each other and add up to it; "
    "of several cuts: median (least .. most)."
)


def page(batches: Sequence[Batch]) -> str:
    sections = [_compared(batches)] if len(batches) > 1 else []
    for batch in batches:
        sections += [_batch(batch), *(_cut(cut) for cut in batch.cuts)]
    return _PAGE.format(style=asset("report.css"), own=_STYLE, sections=Markup("\n").join(sections))


def _compared(batches: Sequence[Batch]) -> Markup:
    head = ("", *(f"{batch.title} (n={len(batch.cuts)})" for batch in batches))
    lines = ((name, *cells) for name, cells in compared(batches))
    return _section("Side by side", _NOTE, _table(head, lines))


def _batch(batch: Batch) -> Markup:
    header = batch.cuts[0].header
    tables = []
    for courses in batch.courses:
        title = f"{courses[0].name}: {spread(c.total_s for c in courses)} s"
        lines = (
            (row.name, took(row), " ".join(header.timer(name) for name in row.timers))
            for row in rows(courses)
        )
        tables.append(Markup("<h3>{}</h3>").format(title))
        tables.append(_table(("phase", "took (s)", "timers"), lines))
    tables.append(Markup("<h3>What clients saw</h3>"))
    tables.append(_table(("", "seconds"), _clients(batch)))
    return _section(
        f"{batch.title}: {len(batch.cuts)} cuts", victims(batch), Markup("\n").join(tables)
    )


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
    return _section(title, facts, gantt(cut))


def _section(title: str, note: str, body: Markup) -> Markup:
    shape = (
        '<section>\n<h2>{}</h2>\n<p class="muted">{}</p>\n<div class="scroll">{}</div></section>'
    )
    return Markup(shape).format(title, note, body)


def _kind(word: str) -> Markup:
    """Figures are kept on one line."""
    return Markup(' class="n"') if word[:1].isdigit() else Markup("")


def _table(head: Iterable[str], lines: Iterable[Iterable[str]]) -> Markup:
    top = Markup("").join(Markup("<th>{}</th>").format(word) for word in head)
    body = Markup("\n").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(Markup("<td{}>{}</td>").format(_kind(word), word) for word in line)
        )
        for line in lines
    )
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(top, body)

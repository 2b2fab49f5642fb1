"""A tour of drills as one table: on a terminal, and as a page that leads to every run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup
from rich.table import Table
from rich.text import Text

from holdfast.drill.tour import Stop, Visited, overall
from holdfast.drill.verdict import Verdict
from holdfast.report.html import asset
from holdfast.report.terminal import STYLES

_PAGE = Markup(
    '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    "<title>Holdfast: every drill</title>\n<style>{style}</style>\n<body>\n<main>\n"
    "<h1>Every drill: {verdict}</h1>\n<p>{counts}</p>\n"
    "<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n"
    "</main>\n</body>\n</html>\n"
)


def planned(stops: Sequence[Stop]) -> Table:
    """What would be done, and how long it takes, roughly."""
    table = _table("#", "drill", "victim")
    table.add_column("seconds", justify="right")
    for number, stop in enumerate(stops, start=1):
        table.add_row(str(number), stop.drill, stop.victim, str(stop.takes_s))
    minutes = sum(stop.takes_s for stop in stops) / 60
    table.caption = f"{len(stops)} drills, about {minutes:.0f} minutes"
    table.caption_justify = "left"
    return table


def terminal(done: Sequence[Visited]) -> Table:
    """One line per drill: what broke, how long each path was out (seconds), what was lost."""
    paths = _paths(done)
    table = _table("#", "drill", "victim")
    for name in (*paths, "lost"):
        table.add_column(name, justify="right")
    table.add_column("verdict", overflow="fold")
    for each in done:
        verdict = Text(each.verdict.value, style=STYLES[each.verdict])
        if each.verdict is not Verdict.HELD:
            verdict.append(f": {each.why}", style="not bold")
        table.add_row(*_cells(each, paths), verdict)
    return table


def page(stops: Sequence[Stop], done: Sequence[Visited]) -> str:
    """One HTML page; links are relative to the folder of all runs' tour."""
    paths = _paths(done)
    names = ("#", "drill", "victim", *(f"{path} (s)" for path in paths), "lost", "verdict", "why")
    return _PAGE.format(
        style=asset("report.css"),
        verdict=overall(stops, done).value,
        counts=counts(stops, done),
        head=_joined("<th>{}</th>", names),
        rows=Markup("\n").join(_line(each, paths) for each in done),
    )


def counts(stops: Sequence[Stop], done: Sequence[Visited]) -> str:
    """`12 held, 0 broken, 1 unknown of 13`."""
    verdicts = [each.verdict for each in done]
    told = ", ".join(f"{verdicts.count(verdict)} {verdict.value}" for verdict in Verdict)
    return f"{told} of {len(stops)}"


def _line(each: Visited, paths: Sequence[str]) -> Markup:
    verdict: str | Markup = each.verdict.value
    if each.run:
        link = '<a href="{}/report.html">{}</a>'
        verdict = Markup(link).format(each.run, verdict)
    cells = (*_cells(each, paths), verdict, each.why)
    return Markup("<tr>{}</tr>").format(_joined("<td>{}</td>", cells))


def _joined(shape: str, words: Sequence[str]) -> Markup:
    return Markup("").join(Markup(shape).format(word) for word in words)


def _cells(each: Visited, paths: Sequence[str]) -> Iterator[str]:
    yield str(each.number)
    yield each.drill
    yield each.victim
    for path in paths:
        interval = each.outages.get(path)
        yield "-" if interval is None else f"{interval[1]:.2f}"
    yield "unknown" if each.lost is None else str(each.lost)


def _paths(done: Sequence[Visited]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path for each in done for path in each.outages))


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in columns:
        table.add_column(name, no_wrap=True)
    return table

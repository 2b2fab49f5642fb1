"""One HTML page of sections, tables and drawings that needs nothing else: no script, no network."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from holdfast.report.html import asset

_PAGE = Markup(
    '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    "<title>Holdfast: {title}</title>\n<style>{style}{own}</style>\n<body>\n"
    "<main>\n<h1>{heading}</h1>\n{sections}\n</main>\n"
    "</body>\n</html>\n"
)

_SECTION = Markup(
    '<section>\n<h2>{}</h2>\n<p class="muted">{}</p>\n<div class="scroll">{}</div></section>'
)


def page(title: str, heading: str, style: Markup, sections: Iterable[Markup]) -> str:
    """`style` is that of the page's drawings."""
    return _PAGE.format(
        title=title,
        heading=heading,
        style=asset("report.css"),
        own=style,
        sections=Markup("\n").join(sections),
    )


def section(title: str, note: str, *body: Markup) -> Markup:
    return _SECTION.format(title, note, Markup("\n").join(body))


def table(head: Iterable[str], lines: Iterable[Iterable[str]]) -> Markup:
    top = Markup("").join(Markup("<th>{}</th>").format(word) for word in head)
    body = Markup("\n").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(Markup("<td{}>{}</td>").format(_kind(word), word) for word in line)
        )
        for line in lines
    )
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(top, body)


def subtitle(words: str) -> Markup:
    return Markup("<h3>{}</h3>").format(words)


def _kind(word: str) -> Markup:
    """Figures are kept on one line."""
    return Markup(' class="n"') if word[:1].isdigit() else Markup("")

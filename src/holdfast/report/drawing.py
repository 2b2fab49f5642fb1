"""Drawings as SVG: where a figure lies, the lines that tell it, and what they look like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import Markup

_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)
_MOST_TICKS = 10
_MOST_DECADES = 3
"""So many have ticks at 1, 2 and 5; more only at 1."""

STYLE = Markup(
    "svg { width: 100%; } svg text { fill: var(--ink); font-size: 12px; }"
    " svg text.total { font-weight: 650; } svg text.axis, svg text.none { fill: var(--muted); }"
    " svg .grid { stroke: var(--line); } svg rect.total { fill: var(--muted); }"
    " svg rect.phase { fill: var(--accent); } svg rect.open { fill: var(--out); }"
    " svg .whisker { stroke: var(--ink); stroke-width: 1.5; }"
    " svg rect.band { fill: var(--line); } svg .seen { fill: var(--good); }"
    " svg .missed { fill: var(--out); }"
    " svg .curve { fill: none; stroke-width: 2; }"
    " svg .c0 { stroke: #2447a8; } svg .c1 { stroke: #c2410c; } svg .c2 { stroke: #0d7a6b; }"
    " svg .c3 { stroke: #92650a; } svg .c4 { stroke: #7a3fb5; } svg .c5 { stroke: #b02a5b; }"
    " svg .c6 { stroke: #3b8fb5; } svg .c7 { stroke: #5b6878; }"
    " svg .c4, svg .c5, svg .c6, svg .c7 { stroke-dasharray: 6 3; }"
)
"""For a page that has the colours of report.css."""

COLOURS = 8

_LIGHT = (
    "--ink: #17202b; --muted: #5b6878; --line: #dde3ea; --good: #0d7a6b; --out: #c2410c;"
    " --accent: #2447a8"
)
_DARK = (
    "--ink: #e6ecf3; --muted: #93a1b1; --line: #2a3440; --good: #3fc9b0; --out: #ff8f5a;"
    " --accent: #8fb0ff"
)


@dataclass(frozen=True)
class Axis:
    """Figures between `least` and `most` lie between `begin` and `end`, in units of the drawing;
    beyond them, at its ends. `log`: each factor takes as much room."""

    least: float
    most: float
    begin: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        held = min(max(value, self.least), self.most)
        share = (
            log10(held / self.least) / log10(self.most / self.least)
            if self.log
            else (held - self.least) / (self.most - self.least)
        )
        return self.begin + (self.end - self.begin) * share

    def ticks(self) -> list[float]:
        return self._factors() if self.log else self._steps()

    def _steps(self) -> list[float]:
        span = self.most - self.least
        step = next((each for each in _STEPS if span / each <= _MOST_TICKS), _STEPS[-1])
        return [self.least + number * step for number in range(int(span / step) + 1)]

    def _factors(self) -> list[float]:
        first, last = floor(log10(self.least)), ceil(log10(self.most))
        each = (1, 2, 5) if last - first <= _MOST_DECADES else (1,)
        found = [round(m * 10.0**e, 9) for e in range(first, last + 1) for m in each]
        return [tick for tick in found if self.least <= tick <= self.most]


def upright(axis: Axis, top: float, bottom: float) -> Iterator[Markup]:
    """A line for each tick of a level axis, its figure above."""
    for tick in axis.ticks():
        x = axis.at(tick)
        yield Markup('<line class="grid" x1="{0:.1f}" x2="{0:.1f}" y1="{1:g}" y2="{2:g}"/>').format(
            x, top, bottom
        )
        yield Markup(
            '<text class="axis" x="{:.1f}" y="{:g}" text-anchor="middle">{:g}</text>'
        ).format(x, top - 6, tick)


def level(axis: Axis, left: float, right: float, form: str = "{:g}") -> Iterator[Markup]:
    """A line for each tick of an upright axis, its figure to the left."""
    for tick in axis.ticks():
        y = axis.at(tick)
        yield Markup('<line class="grid" x1="{0:g}" x2="{1:g}" y1="{2:.1f}" y2="{2:.1f}"/>').format(
            left, right, y
        )
        yield Markup('<text class="axis" x="{:g}" y="{:.1f}" text-anchor="end">{}</text>').format(
            left - 6, y + 4, form.format(tick)
        )


def text(kind: str, x: float, y: float, words: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>').format(kind, x, y, words)


def svg(width: float, height: float, label: str, parts: Iterable[Markup]) -> Markup:
    """`label` is what those hear who do not see it."""
    return Markup('<svg viewBox="0 0 {:g} {:g}" role="img" aria-label="{}">{}</svg>').format(
        width, height, label, Markup("").join(parts)
    )


def alone(drawing: Markup) -> str:
    """As a file of its own, with colours for light and dark."""
    style = Markup(
        "svg {{ {}; font-family: system-ui, sans-serif }} "
        "@media (prefers-color-scheme: dark) {{ svg {{ {} }} }} {}"
    ).format(Markup(_LIGHT), Markup(_DARK), STYLE)
    opened = str(drawing).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    whole = opened.replace(">", f">\n<style>{style}</style>\n", 1)
    return whole.replace("/>", "/>\n").replace("</text>", "</text>\n") + "\n"

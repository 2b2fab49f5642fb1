"""Distributions: which share of the cases is over by when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite

from markupsafe import Markup

from holdfast.report.drawing import COLOURS, Axis, level, svg, text, upright

_WIDTH, _LEFT, _RIGHT = 1000, 60, 20
_HEAD, _HIGH = 26, 260
_LEGEND, _COLUMNS, _SAMPLE = 20, 2, 30
_LEAST_S = 0.05
"""Where the axis begins: nothing shorter is of interest."""


def curves(told: Mapping[str, Sequence[float]], label: str) -> Markup:
    """By name, figures at evenly spaced shares of all cases, in seconds; infinity: never. Time is
    drawn so that each factor takes as much room."""
    figures = [max(s, _LEAST_S) for own in told.values() for s in own if isfinite(s)]
    least, most = min(figures, default=_LEAST_S), max(figures, default=1.0)
    across = Axis(least, max(most, 2 * least), _LEFT, _WIDTH - _RIGHT, log=True)
    bottom = _HEAD + _HIGH
    up = Axis(0.0, 1.0, bottom, _HEAD)
    parts = [*upright(across, _HEAD, bottom), *level(up, _LEFT, _WIDTH - _RIGHT, "{:.0%}")]
    for number, (name, own) in enumerate(told.items()):
        parts += _curve(number % COLOURS, own, across, up)
        parts += _legend(number, name, bottom)
    rows = -(-len(told) // _COLUMNS)
    return svg(_WIDTH, bottom + 10 + _LEGEND * rows, label, parts)


def _curve(colour: int, own: Sequence[float], across: Axis, up: Axis) -> Iterator[Markup]:
    last = len(own) - 1
    points = [
        f"{across.at(max(s, _LEAST_S)):.1f},{up.at(n / last):.1f}"
        for n, s in enumerate(own)
        if isfinite(s)
    ]
    shape = Markup('<polyline class="curve c{}" points="{}"/>')
    yield shape.format(colour, " ".join(dict.fromkeys(points)))


def _legend(number: int, name: str, bottom: float) -> Iterator[Markup]:
    row, column = divmod(number, _COLUMNS)
    x = _LEFT + column * (_WIDTH - _LEFT) / _COLUMNS
    y = bottom + 20 + row * _LEGEND
    line = Markup('<line class="curve c{}" x1="{:g}" x2="{:g}" y1="{:g}" y2="{:g}"/>')
    yield line.format(number % COLOURS, x, x + _SAMPLE, y - 4, y - 4)
    yield text("name", x + _SAMPLE + 8, y, name)

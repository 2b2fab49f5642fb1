"""Predicted and measured on one axis: a band from the first to the last percent, its median, and
each figure that was measured, as a mark."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from markupsafe import Markup

from holdfast.converge.model.compare import Compared, Figure, Line
from holdfast.report.drawing import Axis, svg, text, upright

_WIDTH, _NAMES, _FIGURES = 1000, 320, 90
_LINE, _HEAD = 22, 26
_MARK = 4.0


def bands(case: Compared) -> Markup:
    ends = [line.most for line in case.lines]
    ends += [figure.high for line in case.lines for figure in line.figures]
    most = max(filter(isfinite, ends), default=1.0) or 1.0
    axis = Axis(0.0, most, _NAMES, _WIDTH - _FIGURES)
    height = _HEAD + _LINE * len(case.lines)
    lines = (_line(number, line, axis) for number, line in enumerate(case.lines))
    parts = (*upright(axis, _HEAD - 8, height), *(part for line in lines for part in line))
    return svg(_WIDTH, height + 4, "predicted and measured", parts)


def _line(number: int, line: Line, axis: Axis) -> Iterator[Markup]:
    top = _HEAD + number * _LINE
    middle = top + _LINE / 2 - 1.5
    kind, indent = ("total", 0) if line.judged else ("name", 12)
    yield text(kind, indent, top + 13, line.name)
    begin, end = axis.at(line.least), axis.at(line.most)
    shape = '<rect class="band" x="{:.1f}" y="{:g}" width="{:.1f}" height="{}" rx="3"/>'
    yield Markup(shape).format(begin, top + 2, max(1.0, end - begin), _LINE - 7)
    x = axis.at(line.predicted)
    stroke = '<line class="whisker" x1="{0:.1f}" x2="{0:.1f}" y1="{1:g}" y2="{2:g}"/>'
    yield Markup(stroke).format(x, top + 2, top + _LINE - 5)
    for figure in line.figures:
        yield _mark(figure, line, axis, middle)
    yield text("axis", _WIDTH - _FIGURES + 10, top + 13, f"{line.inside} of {line.runs}")


def _mark(figure: Figure, line: Line, axis: Axis, middle: float) -> Markup:
    kind = "seen" if line.holds(figure) else "missed"
    shape = '<circle class="{}" cx="{:.1f}" cy="{:g}" r="{}" opacity="0.7"/>'
    return Markup(shape).format(kind, axis.at(figure.middle), middle, _MARK)

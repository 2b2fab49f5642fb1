"""The phases of a predicted wait as bars over time: each from the median of its beginnings to the
median of its ends, with a whisker from the first to the last percent of the ends."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from markupsafe import Markup

from holdfast.converge.model.predict import Phase, Wait
from holdfast.report.drawing import Axis, svg, text, upright
from holdfast.report.prediction.terminal import seconds

_WIDTH, _NAMES, _FIGURES = 1000, 320, 110
_LINE, _HEAD = 22, 26
_LEAST = 2.0
_SELDOM = 0.01
"""Phases that lie on fewer critical paths are left out."""


def bars(wait: Wait) -> Markup:
    shown = [phase for phase in wait.phases if phase.on_path >= _SELDOM]
    ends = [phase.ended.p99 for phase in shown] + [wait.spread.p99]
    axis = Axis(0.0, max(filter(isfinite, ends), default=1.0) or 1.0, _NAMES, _WIDTH - _FIGURES)
    height = _HEAD + _LINE * (len(shown) + 1)
    lines = [_whole(wait, axis), *(_line(n, phase, axis) for n, phase in enumerate(shown, 1))]
    parts = (*upright(axis, _HEAD - 8, height), *(part for line in lines for part in line))
    return svg(_WIDTH, height + 4, f"{wait.key}: phases over time", parts)


def _whole(wait: Wait, axis: Axis) -> Iterator[Markup]:
    spread = wait.spread
    yield text("total", 0, _HEAD + 13, wait.key)
    yield _rect("total", axis.at(0.0), axis.at(spread.p50), _HEAD, 1.0)
    yield from _whisker(spread.p1, spread.p99, axis, _HEAD)
    yield text("axis", axis.at(spread.p99) + 6, _HEAD + 13, seconds(spread.p50))


def _line(number: int, phase: Phase, axis: Axis) -> Iterator[Markup]:
    top = _HEAD + number * _LINE
    begin, end = phase.began.p50, phase.ended.p50
    yield text("name", 12, top + 13, phase.name)
    yield _rect("phase", axis.at(begin), axis.at(end), top, 0.3 + 0.7 * phase.on_path)
    yield from _whisker(phase.ended.p1, phase.ended.p99, axis, top)
    seldom = "" if phase.on_path > 1 - _SELDOM else f", {phase.on_path:.0%}"
    words = seconds(phase.took.p50) + seldom
    yield text("axis", axis.at(phase.ended.p99) + 6, top + 13, words)


def _rect(kind: str, begin: float, end: float, top: float, dense: float) -> Markup:
    """The paler, the fewer critical paths lead over it."""
    shape = (
        '<rect class="{}" x="{:.1f}" y="{:g}" width="{:.1f}" height="{}" rx="3" opacity="{:.2f}"/>'
    )
    return Markup(shape).format(kind, begin, top + 2, max(_LEAST, end - begin), _LINE - 7, dense)


def _whisker(least: float, most: float, axis: Axis, top: float) -> Iterator[Markup]:
    middle = top + _LINE / 2 - 1.5
    begin, end = axis.at(least), axis.at(most)
    line = Markup('<line class="whisker" x1="{:.1f}" x2="{:.1f}" y1="{:g}" y2="{:g}"/>')
    yield line.format(begin, end, middle, middle)
    for x in (begin, end):
        yield line.format(x, x, middle - 4, middle + 4)

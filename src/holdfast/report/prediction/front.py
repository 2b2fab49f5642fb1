"""What else would do: each set of timers as a mark, by how long users wait and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

from markupsafe import Markup

from holdfast.converge.model.tune import Advice, Aim, Point
from holdfast.report.drawing import Axis, level, svg, text, upright

_WIDTH, _LEFT, _RIGHT = 1000, 80, 60
_HEAD, _HIGH = 30, 240
_SELDOM = 1e-4
"""False failovers per year, below which there are none."""


def front(advice: Advice, aim: Aim, key: str) -> Markup:
    """By how long users wait for `key`, and false failovers per year. Steps are numbered as in
    their table, from 0 as it is; points that would do as well have letters."""
    steps = [advice.start, *(step.point for step in advice.steps)]
    every = [point for point in (*steps, *advice.front) if isfinite(point.waits[key])]
    bottom = _HEAD + _HIGH
    across = _axis([p.waits[key] for p in every] + [aim.objectives[key]], _LEFT, _WIDTH - _RIGHT)
    up = _axis([_risk(point) for point in every] + [aim.bearable], bottom, _HEAD)
    parts = [*upright(across, _HEAD, bottom), *level(up, _LEFT, _WIDTH - _RIGHT)]
    parts += _limits(across, up, aim, key, bottom)
    named = [(str(n), "c1", p) for n, p in enumerate(steps)]
    named += [(letter(n), "c0", p) for n, p in enumerate(advice.front)]
    for name, kind, point in named:
        if isfinite(point.waits[key]):
            parts += _mark(name, kind, across.at(point.waits[key]), up.at(_risk(point)))
    words = f"{key} ({aim.rank}, seconds) and false failovers per year"
    return svg(_WIDTH, bottom + 10, words, parts)


def letter(number: int) -> str:
    return chr(ord("a") + number)


def _axis(figures: Sequence[float], begin: float, end: float) -> Axis:
    """With some room around them."""
    good = [max(figure, _SELDOM) for figure in figures]
    return Axis(min(good) / 1.5, max(good) * 1.5, begin, end, log=True)


def _risk(point: Point) -> float:
    return max(point.false_per_year, _SELDOM)


def _limits(across: Axis, up: Axis, aim: Aim, key: str, bottom: float) -> Iterator[Markup]:
    """What was asked for."""
    line = '<line class="curve c7" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}"/>'
    x, y = across.at(aim.objectives[key]), up.at(max(aim.bearable, _SELDOM))
    yield Markup(line).format(x, x, _HEAD, bottom)
    yield Markup(line).format(_LEFT, _WIDTH - _RIGHT, y, y)


def _mark(name: str, kind: str, x: float, y: float) -> Iterator[Markup]:
    shape = '<circle class="curve {}" cx="{:.1f}" cy="{:.1f}" r="5"/>'
    yield Markup(shape).format(kind, x, y)
    yield text("name", x + 8, y + 4, name)

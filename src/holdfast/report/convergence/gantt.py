"""A cut as bars over time: which phase lasted from when to when, and what each way was told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from holdfast.converge.explain import Explained
from holdfast.converge.phases import Course, State
from holdfast.converge.spread import seconds
from holdfast.report.drawing import Axis, svg, text, upright

_WIDTH, _NAMES, _FIGURES = 1000, 300, 90
"""Of the drawing, of the names left of the bars, of the figures right of them; in its units."""
_LINE, _HEAD = 22, 26
_LEAST = 2.0
"""Width of the bar of a phase that took no time."""


@dataclass(frozen=True)
class Bar:
    """From `began` to `ended`, in seconds after the cut; `kind` is a class of the style sheet."""

    name: str
    began: float
    ended: float
    kind: str
    figure: str


def gantt(cut: Explained) -> Markup:
    bars = [*_course(cut.api), *_course(cut.service)]
    end = max((bar.ended for bar in bars), default=1.0) or 1.0
    axis = Axis(0.0, end, _NAMES, _WIDTH - _FIGURES)
    height = _HEAD + _LINE * len(bars)
    parts = (*upright(axis, _HEAD - 8, height), *_lines(bars, axis))
    return svg(_WIDTH, height + 4, "phases over time", parts)


def _course(course: Course) -> Iterator[Bar]:
    total = course.watched_s if course.total_s is None else course.total_s
    kind = "open" if course.total_s is None else "total"
    yield Bar(course.name, 0.0, total, kind, seconds(course.total_s))
    before = 0.0
    for phase in course.phases:
        if phase.state is State.NOT_ENDED:
            yield Bar(phase.name, before, course.watched_s, "open", phase.state.value)
        elif phase.state is State.ENDED and phase.took_s is not None:
            yield Bar(phase.name, before, before + phase.took_s, "phase", seconds(phase.took_s))
            before += phase.took_s
        else:
            yield Bar(phase.name, before, before, "none", phase.state.value)


def _lines(bars: Sequence[Bar], axis: Axis) -> Iterator[Markup]:
    for number, bar in enumerate(bars):
        top = _HEAD + number * _LINE
        begin, finish = axis.at(bar.began), axis.at(bar.ended)
        indent = 0 if bar.kind == "total" else 12
        yield text(bar.kind, indent, top + 13, bar.name)
        if bar.kind != "none":
            shape = '<rect class="{}" x="{:.1f}" y="{}" width="{:.1f}" height="{}" rx="3"/>'
            width = max(_LEAST, finish - begin)
            yield Markup(shape).format(bar.kind, begin, top + 2, width, _LINE - 7)
        yield text("axis", finish + 6, top + 13, bar.figure)

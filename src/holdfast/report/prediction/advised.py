"""What to change in the timers, as one HTML page."""

from __future__ import annotations

from markupsafe import Markup

from holdfast.converge.model.tune import Advice, Aim
from holdfast.report import sheet
from holdfast.report.drawing import STYLE
from holdfast.report.prediction.advice import (
    against,
    broken,
    changes,
    figures,
    promised,
    text,
)
from holdfast.report.prediction.front import front, letter

_NOTE = (
    "Across: how long users wait, in seconds. Upwards: false failovers per year. Dashed: what was "
    "asked for. Figures are the steps, letters what else would do; none of those is better than "
    "another in everything."
)


def page(advice: Advice, aim: Aim) -> str:
    sections = [_steps(advice, aim), _drawn(advice, aim)]
    if not advice.end.broken:
        block = Markup("<pre>{}</pre>").format(text(advice.end.timers))
        sections.append(sheet.section("For the spec", "The smallest change that does.", block))
    return sheet.page("what to change", promised(advice, aim), STYLE, sections)


def _steps(advice: Advice, aim: Aim) -> Markup:
    rows = [("0", "as it is", *figures(advice.start, aim), broken(advice.start))]
    for number, step in enumerate(advice.steps, 1):
        rows.append((str(number), step.knob, *figures(step.point, aim), changes(step)))
    head = ("", "turn", *aim.objectives, "false/year", "cores", "change")
    return sheet.section(
        "Step by step", "Each with those before it; seconds.", sheet.table(head, rows)
    )


def _drawn(advice: Advice, aim: Aim) -> Markup:
    drawings = (
        part for key in aim.objectives for part in (sheet.subtitle(key), front(advice, aim, key))
    )
    rows = (
        (letter(number), *figures(point, aim), against(point, advice.end))
        for number, point in enumerate(advice.front)
    )
    head = ("", *aim.objectives, "false/year", "cores", "against the last step")
    return sheet.section("What else would do", _NOTE, *drawings, sheet.table(head, rows))

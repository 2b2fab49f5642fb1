"""A prediction as one HTML page: distributions, and the phases of each wait over time."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from holdfast.converge.model.predict import Prediction, Wait
from holdfast.report import sheet
from holdfast.report.drawing import STYLE
from holdfast.report.prediction.bars import bars
from holdfast.report.prediction.curves import curves
from holdfast.report.prediction.terminal import figures, seconds

_NOTE = (
    "Drawn from the timers; nothing was measured. Seconds after the fault; of all cases, the share "
    "on the left is over by then."
)
_PHASES = (
    "Each bar from the median of its beginnings to that of its ends, with a line from the first to "
    "the last percent of the ends. Pale: in few of the cases does anybody wait for it (the share "
    "beside the figure)."
)


def page(prediction: Prediction) -> str:
    sections = [_waits(prediction), *(_phases(wait) for wait in prediction.waits if wait.phases)]
    return sheet.page("what is predicted", prediction.title, STYLE, sections)


def _waits(prediction: Prediction) -> Markup:
    told = {f"{wait.key}: {wait.words}": wait.curve for wait in prediction.waits}
    head = ("what", "p50", "p90", "p99", "worst", "until")
    rows = ((wait.key, *figures(wait.spread), wait.words) for wait in prediction.waits)
    draws = f"{prediction.draws} draws, seed {prediction.seed}. {_NOTE}"
    drawing = curves(told, "share of the cases that is over, by time")
    return sheet.section("How long users wait", draws, drawing, sheet.table(head, rows))


def _phases(wait: Wait) -> Markup:
    head = ("phase", "p50", "p99", "on path", "decides", "of time", "timers")
    return sheet.section(
        f"{wait.key}: {wait.words}", _PHASES, bars(wait), sheet.table(head, _rows(wait))
    )


def _rows(wait: Wait) -> Iterator[tuple[str, ...]]:
    for phase in wait.phases:
        yield (
            phase.name,
            seconds(phase.took.p50),
            seconds(phase.took.p99),
            *(f"{share:.0%}" for share in (phase.on_path, phase.decides, phase.of_time)),
            " ".join(phase.timers),
        )

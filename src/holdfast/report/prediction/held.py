"""The model held against runs, as one HTML page."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from holdfast.converge.model.compare import Compared, Judged
from holdfast.report import sheet
from holdfast.report.drawing import STYLE
from holdfast.report.prediction.bands import bands
from holdfast.report.prediction.comparison import COLUMNS, POOLED, pooled, row, summary, verdict

_NOTE = (
    "Seconds. Grey: from the first to the last percent of what is predicted, with its median; each "
    "mark is a run. Users' waits are judged; phases, further in, are shown."
)


def page(judged: Judged, unknown: int) -> str:
    head = "The model and what was measured"
    rows = ((*pooled(each), each.verdict.value) for each in judged.pooled)
    told = sheet.section(
        "Does it hold?", summary(judged, unknown), sheet.table(("", *POOLED), rows)
    )
    cases = (_case(case) for case in judged.cases)
    return sheet.page("predicted and measured", head, STYLE, [told, *cases])


def _case(case: Compared) -> Markup:
    table = sheet.table(("seconds", *COLUMNS), _rows(case))
    return sheet.section(case.name, f"{verdict(case)}. {_NOTE}", bands(case), table)


def _rows(case: Compared) -> Iterator[tuple[str, ...]]:
    return ((*row(line), line.verdict.value) for line in case.lines)

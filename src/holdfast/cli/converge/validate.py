"""holdfast converge validate: the model against kept runs."""

from __future__ import annotations

import json
from pathlib import Path

import click

from holdfast.cli.converge.explain import cuts
from holdfast.cli.options import json_option, page_option
from holdfast.cli.voice import console


@click.command("validate")
@click.argument("runs", type=click.Path(path_type=Path), nargs=-1, required=True)
@page_option
@json_option
def command(runs: tuple[Path, ...], to: Path | None, as_json: bool) -> int:
    """Hold what is predicted against RUNS, phase by phase, and say which phase the model has
    wrong. RUNS are folders of kept drills of machines or power cuts of a cluster, or folders of
    those: then all of them.

    Exit code 1 unless the median of every wait that three runs or more have seen is within 20 %,
    and 95 % of the waits are between the first and the last percent of what is predicted.
    """
    from holdfast.converge.model.compare import judge
    from holdfast.converge.validate import cases
    from holdfast.report.prediction.comparison import document, terminal
    from holdfast.report.prediction.held import page

    told, unknown = cases(folder.read() for folder in cuts(runs))
    judged = judge(told)
    if to is not None:
        to.write_text(page(judged, unknown), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(document(judged, unknown), indent=1))
    else:
        console().print(terminal(judged, unknown))
    return 0 if judged.holds else 1

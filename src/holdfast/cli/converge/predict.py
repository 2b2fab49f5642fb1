"""holdfast converge predict: how long, of what, and which timer decides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from holdfast.cli.converge.asked import Asked, question, question_options
from holdfast.cli.options import page_option
from holdfast.cli.voice import console


@click.command("predict")
@page_option
@question_options
def command(to: Path | None, **options: Any) -> None:
    """Say how long users will wait when a host is lost, what that is made of, and which phases
    decide; from the timers alone, nothing is started.

    What machines do at their own pace (starting a pod, promoting a database) are parameters; their
    defaults were measured on three hosts sharing two cores.
    """
    from holdfast.converge.model.predict import predict
    from holdfast.report.prediction.document import document
    from holdfast.report.prediction.page import page
    from holdfast.report.prediction.terminal import terminal

    asked = Asked(**options)
    asks = question(asked)
    prediction = predict(asks.story, asks.timers, asked.draws, asked.seed)
    if to is not None:
        to.write_text(page(prediction), encoding="utf-8")
    if asked.as_json:
        click.echo(json.dumps(document(prediction), indent=1))
    else:
        console().print(terminal(prediction))

"""holdfast report: measure and judge a kept run again, by today's rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdfast.cli.options import json_option
from holdfast.cli.voice import console

if TYPE_CHECKING:
    from holdfast.drill.folder import RunFolder
    from holdfast.report.summary import Summary


@click.command("report")
@click.argument("run", type=click.Path(path_type=Path), default="runs")
@json_option
def command(run: Path, as_json: bool) -> None:
    """Measure RUN again from its timeline, write its verdict.json and report.html, and show it.

    RUN is the folder of a run, or a folder of runs: then the newest one is shown.
    """
    from holdfast.drill.folder import RunFolder

    folder = RunFolder.find(run)
    show(publish(folder), folder, as_json)


def publish(folder: RunFolder) -> Summary:
    """Measure and judge what the folder's timeline says; write verdict.json and report.html."""
    from holdfast.report.document import document
    from holdfast.report.html import page
    from holdfast.report.summary import summarise

    summary = summarise(folder.read(), folder.load())
    folder.write("verdict.json", json.dumps(document(summary), indent=1) + "\n")
    folder.write("report.html", page(summary, str(folder.path)))
    return summary


def show(summary: Summary, folder: RunFolder, as_json: bool) -> None:
    """The result on stdout: a table for people, or verdict.json."""
    if as_json:
        click.echo((folder.path / "verdict.json").read_text(), nl=False)
        return
    from holdfast.report.terminal import terminal

    console().print(terminal(summary, folder.path))

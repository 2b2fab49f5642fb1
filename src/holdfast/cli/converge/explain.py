"""holdfast converge explain: a kept cut, taken apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdfast.cli.options import json_option
from holdfast.cli.voice import console
from holdfast.errors import InputError

if TYPE_CHECKING:
    from holdfast.converge.explain import Explained
    from holdfast.drill.folder import RunFolder


@click.command("explain")
@click.argument("runs", type=click.Path(path_type=Path), nargs=-1, required=True)
@json_option
def command(runs: tuple[Path, ...], as_json: bool) -> None:
    """Show what the two times of each cut in RUNS are made of, and which timer sets each part.

    RUNS are folders of cuts, or folders of those: then all of them. Each cut's explained.json and
    report.html are written anew.
    """
    show(each(runs, publish), as_json)


def each(runs: Iterable[Path], explain: Callable[[RunFolder], Explained]) -> list[Explained]:
    """Every kept cut in these folders, explained. One in which nothing was cut after all is left
    out, and named; raises InputError when that leaves none."""
    found, folders = [], cuts(runs)
    for folder in folders:
        try:
            found.append(explain(folder))
        except InputError as error:
            if len(folders) == 1:
                raise
            click.echo(f"left out: {folder.path}: {error.message}", err=True)
    if not found:
        raise InputError("nothing was cut in any of these runs")
    return found


def cuts(runs: Iterable[Path]) -> list[RunFolder]:
    """Every kept cut in these folders and below. Raises InputError where there is none."""
    from holdfast.drill.folder import RunFolder

    found = []
    for run in runs:
        if not run.is_dir():
            raise InputError(f"{run} is not a folder", hint="name what `converge measure` kept")
        kept = sorted({path.resolve() for path in run.rglob("timeline.jsonl")})
        if not kept:
            raise InputError(f"no cut in {run}", hint="make one: holdfast converge measure")
        found += [RunFolder(path.parent) for path in kept]
    return found


def publish(folder: RunFolder) -> Explained:
    """Explain what the folder's timeline says; write explained.json and report.html."""
    from holdfast.converge.explain import explain
    from holdfast.converge.spread import batches
    from holdfast.report.convergence.document import document
    from holdfast.report.convergence.page import page

    explained = explain(folder.read())
    folder.write("explained.json", json.dumps(document(explained), indent=1) + "\n")
    folder.write("report.html", page(batches([explained])))
    return explained


def show(explained: list[Explained], as_json: bool) -> None:
    """The cuts on stdout: tables for people, or a list of explained.json's."""
    from holdfast.converge.spread import batches
    from holdfast.report.convergence.document import document
    from holdfast.report.convergence.terminal import terminal

    if as_json:
        click.echo(json.dumps([document(cut) for cut in explained], indent=1))
    else:
        console().print(terminal(batches(explained)))

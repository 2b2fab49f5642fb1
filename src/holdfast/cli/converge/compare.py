"""holdfast converge compare: profiles and designs side by side."""

from __future__ import annotations

from pathlib import Path

import click

from holdfast.cli.converge.explain import each, show
from holdfast.cli.options import json_option, page_option
from holdfast.cli.voice import console


@click.command("compare")
@click.argument("runs", type=click.Path(path_type=Path), nargs=-1, required=True)
@page_option
@click.option(
    "--tables",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write the tables, with ratios, as a page of Markdown.",
)
@json_option
def command(runs: tuple[Path, ...], to: Path | None, tables: Path | None, as_json: bool) -> None:
    """Put the cuts in RUNS side by side: a column for each profile of timers and each way to the
    API. RUNS are folders of cuts, or folders of those: then all of them."""
    from holdfast.converge.explain import explain
    from holdfast.converge.spread import batches
    from holdfast.report.convergence.markdown import markdown
    from holdfast.report.convergence.page import page
    from holdfast.report.convergence.terminal import comparison

    explained = each(runs, lambda folder: explain(folder.read()))
    if to is not None:
        to.write_text(page(batches(explained)), encoding="utf-8")
    if tables is not None:
        tables.write_text(markdown(batches(explained)), encoding="utf-8")
    if as_json:
        show(explained, as_json)
    else:
        console().print(comparison(batches(explained)))

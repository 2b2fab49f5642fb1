"""holdfast audit: what would hurt, before it does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.entry import planned, run_async, state_folder
from holdfast.cli.options import json_option, spec_option
from holdfast.cli.voice import console
from holdfast.finding import Severity

if TYPE_CHECKING:
    from holdfast.audit.remark import Remark
    from holdfast.audit.run import Audited

PARTS = ("spof", "budget", "security")
_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}


@click.command("audit")
@click.option("--only", type=click.Choice(PARTS), help="Look at this part alone.")
@click.option("--pairs", is_flag=True, help="Also list pairs whose loss together is felt.")
@click.option(
    "--runs",
    type=click.Path(path_type=Path, file_okay=False),
    default="runs",
    show_default=True,
    help="Where drills have left their evidence.",
)
@spec_option
@json_option
def command(only: str | None, pairs: bool, runs: Path, spec: Path, as_json: bool) -> int:
    """Look for single points of failure in the plan, and at the hosts for their budget and their
    security.

    What could not be seen is unknown, and said so. Exit code 1 if there is an error, else 0.
    """
    from holdfast.audit.run import Question, audit

    question = Question(
        plan=planned(spec),
        base=spec.parent,
        state=state_folder(spec, planned(spec).system),
        runs=runs,
        parts=(only,) if only else PARTS,
        pairs=pairs,
    )
    audited = run_async(audit(question, lambda text: click.echo(text, err=True)))
    if as_json:
        click.echo(json.dumps(_data(audited), indent=2))
    else:
        _show(audited)
    return 1 if _count(audited.remarks)[Severity.ERROR] else 0


def _count(remarks: Sequence[Remark]) -> Counter[Severity]:
    return Counter(remark.severity for remark in remarks)


def _show(audited: Audited) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    out = console()
    for title, columns, rows in audited.tables:
        table = Table(title=title, box=SIMPLE_HEAD, pad_edge=False, title_justify="left")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*row)
        out.print(table)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in ("severity", "where", "what", "remedy", "source"):
        table.add_column(column, overflow="fold")
    for r in audited.remarks:
        severity = Text(r.severity.value, _COLORS[r.severity])
        table.add_row(severity, Text(r.where), Text(r.what), Text(r.remedy), r.source)
    out.print(table)
    counts = _count(audited.remarks)
    said = ", ".join(f"{counts[kind]} {kind.value}s" for kind in Severity)
    click.echo(said, err=True)


def _data(audited: Audited) -> dict[str, Any]:
    counts = _count(audited.remarks)
    return {
        "system": audited.system,
        **{f"{kind.value}s": counts[kind] for kind in Severity},
        "remarks": [asdict(remark) for remark in audited.remarks],
        "claims": audited.claims,
        "budget": audited.budget,
    }

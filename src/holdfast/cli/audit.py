"""holdfast audit: what would hurt, before it does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.entry import planned
from holdfast.cli.options import json_option, spec_option
from holdfast.cli.voice import console
from holdfast.finding import Severity

if TYPE_CHECKING:
    from holdfast.audit.remark import Remark
    from holdfast.audit.run import Audited

_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}


@click.command("audit")
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
def command(pairs: bool, runs: Path, spec: Path, as_json: bool) -> int:
    """Look for single points of failure in the plan, and say which losses a drill has shown.

    The hosts themselves are not asked. Exit code 1 if there is an error, else 0.
    """
    from holdfast.audit.run import audit

    audited = audit(planned(spec), spec.parent, runs, pairs=pairs)
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
    }

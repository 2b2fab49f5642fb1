"""holdfast audit: what would hurt, before it does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.entry import planned, run_async
from holdfast.cli.options import json_option, spec_option
from holdfast.cli.voice import console
from holdfast.finding import Severity

if TYPE_CHECKING:
    from holdfast.audit.remark import Remark
    from holdfast.audit.run import Audited, Question

_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}


@click.command("audit")
@click.option(
    "--only",
    "parts",
    type=click.Choice(["spof", "budget", "security", "judges"]),
    multiple=True,
    help="Look at this part alone; may be given again for another.",
)
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
def command(parts: tuple[str, ...], pairs: bool, runs: Path, spec: Path, as_json: bool) -> int:
    """Look for single points of failure in the plan (spof), at what the hosts use (budget) and how
    they are closed (security), and ask nmap, ssh-audit, testssl and lynis too (judges).

    Changes nothing on the hosts. What was not looked at, or could not be seen, is said. Exit code
    1 if there is an error, else 0.
    """
    from holdfast.audit.run import PARTS, Question

    question = Question(planned(spec), spec.parent, runs, parts or PARTS, pairs)
    audited = run_async(_audit(question))
    if as_json:
        click.echo(json.dumps(_data(audited), indent=2))
    else:
        _show(audited)
    return 1 if _count(audited.remarks)[Severity.ERROR] else 0


async def _audit(question: Question) -> Audited:
    from holdfast.audit.run import audit
    from holdfast.hosts.connect import connect
    from holdfast.hosts.local import Local

    hosts = [connect(host) for host in question.plan.hosts]
    try:
        return await audit(question, hosts, Local(), lambda text: click.echo(text, err=True))
    finally:
        for host in hosts:
            await host.close()


def _count(remarks: Sequence[Remark]) -> Counter[Severity]:
    return Counter(remark.severity for remark in remarks)


def _show(audited: Audited) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from holdfast.audit.budget import COLUMNS

    def table(columns: Sequence[str]) -> Table:
        made = Table(box=SIMPLE_HEAD, pad_edge=False)
        for column in columns:
            made.add_column(column, overflow="fold")
        return made

    out = console()
    if audited.budget:
        used = table(COLUMNS)
        for row in audited.budget:
            used.add_row(*row)
        out.print(used)
    found = table(("severity", "where", "what", "remedy", "source"))
    for r, places in _together(audited.remarks).items():
        severity = Text(r.severity.value, _COLORS[r.severity])
        found.add_row(severity, Text(", ".join(places)), Text(r.what), Text(r.remedy), r.source)
    out.print(found)
    counts = _count(audited.remarks)
    said = ", ".join(f"{counts[kind]} {kind.value}s" for kind in Severity)
    click.echo(said, err=True)


def _together(remarks: Sequence[Remark]) -> dict[Remark, list[str]]:
    """What is said of several places in the same words is one row."""
    found: dict[Remark, list[str]] = {}
    for remark in remarks:
        found.setdefault(replace(remark, where=""), []).append(remark.where)
    return found


def _data(audited: Audited) -> dict[str, Any]:
    counts = _count(audited.remarks)
    return {
        "system": audited.system,
        **{f"{kind.value}s": counts[kind] for kind in Severity},
        "remarks": [asdict(remark) for remark in audited.remarks],
        "claims": audited.claims,
        "budget": audited.uses,
    }

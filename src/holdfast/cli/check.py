"""holdfast check: what is wrong, what is weak, and where."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from holdfast.cli.entry import examined
from holdfast.cli.options import json_option, spec_option
from holdfast.cli.voice import described, show
from holdfast.errors import InputError
from holdfast.finding import Finding, Severity


@click.command("check", help="Find mistakes and weak spots in a spec.")
@spec_option
@json_option
@click.option("--strict", is_flag=True, help="Fail for warnings, too.")
@click.pass_context
def command(ctx: click.Context, spec: Path, as_json: bool, strict: bool) -> None:
    """Exit code 2 for errors; 1 for warnings if strict; else 0."""
    findings = _findings(spec)
    counts = Counter(finding.severity for finding in findings)
    if as_json:
        click.echo(json.dumps(_data(spec, findings, counts), indent=2))
    else:
        show(findings)
        click.echo(f"{spec}: {_summary(counts)}", err=True)
    if counts[Severity.ERROR]:
        ctx.exit(InputError.exit_code)
    ctx.exit(1 if strict and counts[Severity.WARNING] else 0)


def _findings(spec: Path) -> tuple[Finding, ...]:
    try:
        return examined(spec).findings
    except InputError as error:
        return error.findings


def _summary(counts: Counter[Severity]) -> str:
    return ", ".join(
        f"{counts[kind] or 'no'} {kind.value}{'' if counts[kind] == 1 else 's'}"
        for kind in Severity
    )


def _data(spec: Path, findings: Sequence[Finding], counts: Counter[Severity]) -> dict[str, object]:
    return {
        "file": str(spec),
        **{f"{kind.value}s": counts[kind] for kind in Severity},
        "findings": [described(finding) for finding in findings],
    }

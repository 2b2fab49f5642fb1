"""How errors and findings are said: what, where, and a hint; readable without colours."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from holdfast.errors import HoldfastError, InputError
from holdfast.finding import Finding, Severity

if TYPE_CHECKING:
    from rich.console import Console

_PIPE_WIDTH = 120
"""Columns of a table that goes to a file or another program."""

_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}


def console() -> Console:
    """Where tables go: stdout, as wide as the terminal."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)


def complain(error: HoldfastError) -> None:
    """Say an error on stderr, with its findings before it."""
    if isinstance(error, InputError):
        show(error.findings, err=True)
    click.echo(click.style("error: ", fg="red", bold=True) + error.message, err=True)
    if error.hint:
        click.echo(f"hint: {error.hint}", err=True)


def show(findings: Iterable[Finding], err: bool = False) -> None:
    """Two lines per finding, in the shape that editors can jump to."""
    for finding in findings:
        place = f"{finding.where}: " if str(finding.where) else ""
        severity = click.style(finding.severity.value, fg=_COLORS[finding.severity], bold=True)
        click.echo(f"{place}{severity}: {finding.message} [{finding.code}]", err=err)
        if finding.hint:
            click.echo(f"    hint: {finding.hint}", err=err)


def described(finding: Finding) -> dict[str, object]:
    """A finding as JSON has it."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
        "hint": finding.hint,
        "path": list(finding.path),
        "file": finding.where.file,
        "line": finding.where.line,
        "column": finding.where.column,
    }

"""Options that several verbs have, spelt and explained once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])


def spec_option(function: Function) -> Function:
    """`-f/--file`: which spec; passed on as `spec: Path`."""
    return click.option(
        "-f",
        "--file",
        "spec",
        type=click.Path(path_type=Path),
        default="holdfast.yaml",
        show_default=True,
        help="The system's spec.",
    )(function)


def json_option(function: Function) -> Function:
    """`--json`: the verb's data and nothing else on stdout; passed on as `as_json: bool`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def runs_option(function: Function) -> Function:
    """`--runs`: where evidence goes; passed on as `runs: Path`."""
    return click.option(
        "--runs",
        type=click.Path(path_type=Path, file_okay=False),
        default="runs",
        show_default=True,
        help="Where the evidence is kept.",
    )(function)


def page_option(function: Function) -> Function:
    """`--page`: the same as a page with drawings; passed on as `to: Path | None`."""
    return click.option(
        "--page",
        "to",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Also write one HTML page, with everything drawn.",
    )(function)

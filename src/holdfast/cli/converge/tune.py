"""holdfast converge tune: which timers to change, and what each change buys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.converge.asked import Asked, checked, question, question_options, read_json
from holdfast.cli.options import page_option
from holdfast.cli.voice import console
from holdfast.errors import InputError

if TYPE_CHECKING:
    from holdfast.converge.model.stability import Stalls


@click.command("tune")
@click.option(
    "--objective",
    "objectives",
    multiple=True,
    metavar="WHAT=SECONDS",
    help="What users wait at most, such as api=2s or write=1500ms; may be given more than once.",
)
@click.option(
    "--at",
    "rank",
    type=click.Choice(["p50", "p90", "p99", "worst"]),
    default="p99",
    show_default=True,
    help="In how many of the cases it is to hold.",
)
@click.option(
    "--false-failovers",
    "bearable",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    help="How many of them a year are bearable.",
)
@click.option(
    "--stalls",
    default="quiet",
    show_default=True,
    metavar="quiet|busy|FILE",
    help="How long healthy parts stall: an assumption, or a .json file of what you measured.",
)
@page_option
@question_options
def command(
    objectives: tuple[str, ...],
    rank: str,
    bearable: float,
    stalls: str,
    to: Path | None,
    **options: Any,
) -> int:
    """Search for the smallest change of timers that keeps the objectives, and what else would do.

    Objectives are the names that `holdfast converge predict` shows: api, calls, watch, node,
    service, pod of a cluster; write, service, edge of machines. Nothing is proposed that breaks a
    rule between timers, or that takes healthy parts for dead too often. At the end stands a block
    for the spec. Exit code 1: out of reach.
    """
    from holdfast.converge.model.tune import Aim, tune
    from holdfast.report.prediction.advice import document, terminal, text
    from holdfast.report.prediction.advised import page

    asked = Asked(**options)
    asks = question(asked)
    known = [seen.key for seen in asks.story.seen]
    aim = Aim(_objectives(objectives, known), rank, bearable, _stalls(stalls))
    advice = tune(asks.timers, asks.make, aim)
    if to is not None:
        to.write_text(page(advice, aim), encoding="utf-8")
    if asked.as_json:
        click.echo(json.dumps(document(advice, aim), indent=1))
    else:
        console().print(terminal(advice, aim))
        if advice.end.broken:
            click.echo("nothing to propose: the rules between timers that these break stay broken")
        else:
            click.echo(text(advice.end.timers), nl=False)
    return 0 if advice.reached else 1


def _objectives(given: tuple[str, ...], known: list[str]) -> dict[str, float]:
    if not given:
        raise InputError("no objective", hint=f"--objective WHAT=SECONDS, of {', '.join(known)}")
    found = {}
    for each in given:
        name, _, value = each.partition("=")
        if name not in known:
            raise InputError(f"nobody waits for '{name}'", hint=f"one of {', '.join(known)}")
        found[name] = _seconds(each, value)
    return found


def _seconds(objective: str, value: str) -> float:
    from pydantic import TypeAdapter, ValidationError

    from holdfast.spec.values import Seconds

    try:
        return TypeAdapter[float](Seconds).validate_python(value)
    except ValidationError:
        raise InputError(
            f"{objective} has no duration", hint="such as api=2s or api=500ms"
        ) from None


def _stalls(given: str) -> Stalls:
    from holdfast.converge.model.stability import STALLS, Stalls

    if given in STALLS:
        return STALLS[given]
    return checked(Stalls, read_json(Path(given)), Path(given))

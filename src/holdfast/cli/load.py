"""holdfast load: ask as many users would, and see how evenly the system shares the work."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.entry import planned, probe_pki, run_async
from holdfast.cli.options import json_option, runs_option, spec_option
from holdfast.cli.voice import console
from holdfast.errors import InputError

if TYPE_CHECKING:
    from holdfast.drill.folder import RunFolder
    from holdfast.load.summary import LoadSummary

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0}


class Duration(click.ParamType[float]):
    """`30s`, `2m` or a number of seconds."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        match = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|)", str(value))
        if match is None or float(match[1]) == 0:
            self.fail(f"{value!r} is no duration: write 30s or 2m", param, ctx)
        return float(match[1]) * _UNITS[match[2]]


@click.command("load")
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True, max=100_000),
    default=100.0,
    show_default=True,
    help="Requests per second, whatever becomes of the answers.",
)
@click.option(
    "--for", "seconds", type=Duration(), default="30s", show_default=True, help="How long."
)
@click.option(
    "--journey", default="", metavar="NAME", help="Make this journey of the spec, step by step."
)
@runs_option
@spec_option
@json_option
def command(
    rate: float, seconds: float, journey: str, runs: Path, spec: Path, as_json: bool
) -> int:
    """Ask the system's routes, or make a journey, through every virtual address, as many users
    would: on a fixed schedule, counting from when each request was due. Show how long they waited,
    and how evenly addresses, gateways and instances shared the work.

    Exit code 0: all was answered, and shared as evenly as promised (objectives.evenness); 1: not
    so, or nobody knows, as when the generator itself was too busy to be on time.
    """
    from holdfast.drill.openloop import realtime
    from holdfast.load.session import LoadSession, hold

    plan = planned(spec)
    if journey and journey not in plan.journeys:
        known = ", ".join(plan.journeys) or "none yet"
        raise InputError(f"there is no journey '{journey}'", hint=f"journeys are: {known}")
    if (not journey and all(route.auth for route in plan.routes)) or not plan.vips:
        raise InputError(
            "there is nothing to ask: the system has no open route, or no virtual address",
            hint="add gateway.routes, and edge.addresses",
        )
    clock = realtime()
    started = clock()
    session = LoadSession(
        plan=plan,
        rate=rate,
        seconds=seconds,
        pki=probe_pki(spec, plan.system),
        runs=runs,
        clock=clock,
        talk=lambda line: click.echo(f"{clock() - started:6.1f} s  {line}", err=True),
        journey=journey,
    )
    folder = run_async(hold(session))
    summary = publish(folder)
    show(summary, folder, as_json)
    return 0 if summary.held else 1


def publish(folder: RunFolder) -> LoadSummary:
    """Compute and judge what was recorded; write load.json."""
    from holdfast.load.rows import FILE, read
    from holdfast.load.summary import document, summarise

    summary = summarise(read((folder.path / FILE).read_text(encoding="utf-8")))
    folder.write("load.json", json.dumps(document(summary), indent=1) + "\n")
    return summary


def show(summary: LoadSummary, folder: RunFolder, as_json: bool) -> None:
    """The result on stdout: tables for people, or load.json."""
    if as_json:
        click.echo((folder.path / "load.json").read_text(), nl=False)
        return
    from holdfast.report.load import terminal

    console().print(terminal(summary, folder.path))

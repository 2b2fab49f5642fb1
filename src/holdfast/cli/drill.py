"""holdfast drill: break something, watch, heal, and judge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdfast.cli.entry import planned, probe_pki, run_async
from holdfast.cli.options import json_option, runs_option, spec_option
from holdfast.cli.report import publish, show
from holdfast.errors import InputError

if TYPE_CHECKING:
    from holdfast.plan.model import Plan

DRILLS = ("power-off", "link-cut", "kill", "freeze", "handover")


@click.command("drill")
@click.argument("drill", type=click.Choice(DRILLS))
@click.argument("victim", required=False)
@click.option("--victim", "option", metavar="VICTIM", help="The same, as an option.")
@runs_option
@click.option(
    "--watch",
    type=click.FloatRange(min=5.0),
    default=60.0,
    show_default=True,
    help="Watch the broken system for so many seconds at most.",
)
@spec_option
@json_option
def command(
    drill: str,
    victim: str | None,
    option: str | None,
    runs: Path,
    watch: float,
    spec: Path,
    as_json: bool,
) -> int:
    """Break VICTIM in the way DRILL says, watch what users see, heal it, and judge. A handover
    breaks nothing, and is judged all the same.

    VICTIM is a role or a host: primary:accounts (by default the primary of the first datastore),
    replica:accounts, vip:1, service:front/1, steward:n1, gateway:n1, n2.

    Ctrl-C heals what was broken. Exit code 0: all objectives held; 1: not so, or nobody knows.
    """
    from holdfast.drill.run import Bounds
    from holdfast.drill.session import Session, hold

    plan = planned(spec)
    session = Session(
        plan=plan,
        drill=drill,
        victim=option or victim or _default(plan),
        pki=probe_pki(spec, plan.system),
        runs=runs,
        bounds=Bounds(most=watch),
        talk=lambda at, line: click.echo(f"{at:6.1f} s  {line}", err=True),
    )
    folder = run_async(hold(session))
    summary = publish(folder)
    show(summary, folder, as_json)
    return 0 if summary.held else 1


def _default(plan: Plan) -> str:
    if not plan.datastores:
        raise InputError("the system has no datastore: name a victim", hint="such as n1")
    return f"primary:{plan.datastores[0].name}"

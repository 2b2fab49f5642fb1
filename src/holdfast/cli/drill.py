"""holdfast drill: break something, watch, heal, and judge."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from holdfast.cli.entry import planned, probe_pki, run_async
from holdfast.cli.options import json_option, runs_option, spec_option
from holdfast.cli.report import publish, show
from holdfast.cli.voice import console
from holdfast.drill.kinds import DRILLS
from holdfast.errors import HoldfastError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.drill.round import Held
    from holdfast.drill.session import Session
    from holdfast.drill.tour import Stop, Visited
    from holdfast.plan.model import Plan


@dataclass(frozen=True)
class Asked:
    """The options, under the names that click gives them."""

    option: str | None
    runs: Path
    watch: float
    load: float
    bmc_stays: bool
    everything: bool
    listed: bool
    first: int
    spec: Path
    as_json: bool


def _victims(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """What the spec has that begins like this; nothing for a spec that cannot be read."""
    from holdfast.drill.victims import every

    try:
        plan = planned(Path(context.params.get("spec") or "holdfast.yaml"))
    except HoldfastError:
        return []
    return [CompletionItem(name) for name in every(plan) if name.startswith(incomplete)]


@click.command("drill")
@click.argument("drill", type=click.Choice(DRILLS), required=False)
@click.argument("victim", required=False, shell_complete=_victims)
@click.option(
    "--victim",
    "option",
    metavar="VICTIM",
    help="The same, as an option.",
    shell_complete=_victims,
)
@runs_option
@click.option(
    "--watch",
    type=click.FloatRange(min=5.0),
    default=60.0,
    show_default=True,
    help="Watch the broken system for so many seconds at most.",
)
@click.option("--bmc-stays", is_flag=True, help="A power cut leaves the host's BMC its own.")
@click.option(
    "--load",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="RATE",
    help="Send so many requests per second meanwhile, as `holdfast load` does.",
)
@click.option(
    "--all", "everything", is_flag=True, help="Every process and every host, each in turn."
)
@click.option("--list", "listed", is_flag=True, help="With --all: only say what would be done.")
@click.option(
    "--from",
    "first",
    type=click.IntRange(min=1),
    default=1,
    metavar="N",
    help="With --all: continue the newest one at its drill number N.",
)
@spec_option
@json_option
def command(drill: str | None, victim: str | None, **options: Any) -> int:
    """Break VICTIM in the way DRILL says, watch what users see, heal it, and judge. A handover
    breaks nothing, and is judged all the same.

    VICTIM is a role or a host: primary:accounts (by default the primary of the first datastore),
    replica:accounts, writer:orders, shard:sessions/1, vip:1, service:front/1, steward:n1, gateway
    (of the first virtual address), n2. To freeze a host is to stop every process there.

    Ctrl-C heals what was broken. Exit code 0: all objectives held; 1: not so, or nobody knows.
    """
    asked = Asked(**options)
    plan = planned(asked.spec)
    if asked.everything or asked.listed:
        if drill:
            raise InputError(f"--all is every drill, not {drill} alone", hint="leave one away")
        return _all(asked, plan)
    if drill is None:
        raise InputError("say what to do", hint=f"{', '.join(DRILLS)}, or --all")
    from holdfast.drill.session import hold

    session = _session(asked, plan, drill, asked.option or victim or _default(plan))
    folder = run_async(hold(session))
    summary = publish(folder)
    show(summary, folder, asked.as_json)
    return 0 if summary.held else 1


def _session(asked: Asked, plan: Plan, drill: str, victim: str) -> Session:
    from holdfast.drill.run import Bounds
    from holdfast.drill.session import Session

    return Session(
        plan=plan,
        drill=drill,
        victim=victim,
        pki=probe_pki(asked.spec, plan.system),
        runs=asked.runs,
        bounds=Bounds(most=asked.watch),
        talk=lambda at, line: click.echo(f"{at:6.1f} s  {line}", err=True),
        load=asked.load,
        bmc_stays=asked.bmc_stays,
    )


def _all(asked: Asked, plan: Plan) -> int:
    """Every drill; one table, tour.json, and a page that leads to the runs."""
    from holdfast.drill.openloop import realtime
    from holdfast.drill.round import Round, begun, resumed
    from holdfast.drill.tour import document, overall, tour
    from holdfast.drill.verdict import Verdict
    from holdfast.report.tour import counts, terminal
    from holdfast.report.tour import planned as listed

    stops = tour(plan)
    if asked.listed:
        _list(asked, stops, listed(stops))
        return 0
    if asked.first > len(stops):
        raise InputError(f"there are {len(stops)} drills, no number {asked.first}", hint="--list")
    new = asked.first == 1
    folder, done = (begun(asked.runs, realtime()()), ()) if new else resumed(asked.runs, stops)
    trip = Round(
        folder=folder,
        stops=stops,
        hold=lambda stop: _held(asked, plan, stop),
        kept=lambda so_far: _keep_page(folder, stops, so_far),
        talk=lambda line: click.echo(line, err=True),
    )
    everything = run_async(trip.go(asked.first, done))
    if asked.as_json:
        click.echo(json.dumps(document(stops, everything), indent=1))
    else:
        out = console()
        out.print(terminal(everything))
        out.print(f"\n{counts(stops, everything)}\nreport: {folder / 'index.html'}")
    return 0 if overall(stops, everything) is Verdict.HELD else 1


def _list(asked: Asked, stops: Sequence[Stop], table: Any) -> None:
    if asked.as_json:
        from dataclasses import asdict

        click.echo(json.dumps([asdict(stop) for stop in stops], indent=1))
    else:
        console().print(table)


async def _held(asked: Asked, plan: Plan, stop: Stop) -> Held:
    from holdfast.drill.session import hold

    folder = await hold(_session(asked, plan, stop.drill, stop.victim))
    publish(folder)
    return json.loads((folder.path / "verdict.json").read_text()), folder.path


def _keep_page(folder: Path, stops: Sequence[Stop], done: Sequence[Visited]) -> None:
    from holdfast.report.tour import page

    (folder / "index.html").write_text(page(stops, done), encoding="utf-8")


def _default(plan: Plan) -> str:
    if not plan.datastores:
        raise InputError("the system has no datastore: name a victim", hint="such as n1")
    return f"primary:{plan.datastores[0].name}"

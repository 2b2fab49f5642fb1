"""holdfast converge measure: cut a node's power, watch, and explain."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.converge.explain import publish, show
from holdfast.cli.entry import Examined, run_async, sound, state_folder
from holdfast.cli.options import json_option, runs_option, spec_option
from holdfast.errors import InputError

if TYPE_CHECKING:
    from holdfast.cluster.model import ClusterPlan
    from holdfast.converge.session import Session
    from holdfast.drill.folder import RunFolder


@dataclass(frozen=True)
class Asked:
    """The options, under the names that click gives them."""

    timers: str | None
    endpoint: str | None
    cuts: int
    victim: str
    watch: float | None
    runs: Path
    spec: Path
    as_json: bool


@click.command("measure")
@click.option(
    "--timers",
    type=click.Choice(["legacy", "stock", "balanced", "fast"]),
    help="Deploy the cluster with these first; else with those of the spec.",
)
@click.option(
    "--endpoint",
    type=click.Choice(["per-node", "outside"]),
    help="Deploy it with this way to the API first; else with the spec's.",
)
@click.option(
    "-n",
    "--cuts",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How often, one after the other.",
)
@click.option(
    "--victim",
    default="etcd-leader",
    show_default=True,
    metavar="NODE|ROLE",
    help="A node, or whoever is etcd-leader, controller-manager or scheduler.",
)
@click.option(
    "--watch",
    type=click.FloatRange(min=5.0),
    help="Watch for so many seconds at most; else for as long as the timers may take.",
)
@runs_option
@spec_option
@json_option
def command(**options: Any) -> None:
    """Cut the power of a node of the spec's cluster, which runs in this lab; watch what that does
    until everything is served again, switch it on, and show what the times were made of.

    Everything seen is kept first, as one timeline per cut; `converge explain` and `converge
    compare` read it. Ctrl-C switches the node on again.
    """
    asked = Asked(**options)
    seen = sound(asked.spec)
    plan = designed(seen, asked)
    if asked.timers or asked.endpoint:
        _deploy(asked.spec, plan)
    show(
        [publish(run_async(_cut(_session(asked, plan)))) for _ in range(asked.cuts)], asked.as_json
    )


def designed(seen: Examined, asked: Asked) -> ClusterPlan:
    """The spec's cluster with the timers and the way to the API that were asked for. Raises
    InputError for a spec without a cluster, and for a way that the spec's hosts do not have."""
    from holdfast.cluster.plan import build
    from holdfast.plan.inventory import Inventory
    from holdfast.spec.timing import ClusterTiming

    cluster, inventory = seen.system.cluster, seen.inventory
    if cluster is None:
        raise InputError(f"{asked.spec} has no cluster", "holdfast init --cluster writes one")
    if asked.endpoint == "outside" and cluster.endpoint != "outside":
        raise InputError(
            f"{asked.spec} has no hosts for a balancer outside",
            "give it two under `balancers`; then both designs can be measured",
        )
    timing = ClusterTiming.model_validate(asked.timers) if asked.timers else cluster.timers
    changes: dict[str, Any] = {"timers": timing}
    if asked.endpoint == "per-node" and cluster.endpoint == "outside":
        nodes = tuple(h for h in inventory.hosts if h.name not in cluster.balancers)
        inventory = Inventory(nodes, inventory.vips, inventory.operators)
        changes |= {"endpoint": "per-node", "balancers": (), "address": None}
    return build(seen.system.system, cluster.model_copy(update=changes), inventory)


def _deploy(spec: Path, plan: ClusterPlan) -> None:
    from holdfast.cluster.deploy import bring_up

    state = state_folder(spec, plan.system)
    run_async(bring_up(state, plan, False, lambda step: None, _say))


async def _cut(session: Session) -> RunFolder:
    from holdfast.converge.session import cut

    return await cut(session)


def _session(asked: Asked, plan: ClusterPlan) -> Session:
    from holdfast.cluster.record import folder
    from holdfast.converge.session import Session

    return Session(
        plan=plan,
        victim=asked.victim,
        program=folder() / "kubectl",
        state=state_folder(asked.spec, plan.system),
        runs=asked.runs,
        watch_s=asked.watch,
        talk=lambda at, line: click.echo(f"{at:6.1f} s  {line}", err=True),
    )


def _say(words: str) -> None:
    click.echo(words, err=True)

"""holdfast status: what every host says about the system."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.entry import planned, planned_cluster, run_async, sound
from holdfast.cli.options import json_option, spec_option
from holdfast.cli.voice import console
from holdfast.errors import EnvironmentFailure

if TYPE_CHECKING:
    from rich.table import Table

    from holdfast.cluster.model import ClusterPlan
    from holdfast.cluster.standing import Standing as Nodes
    from holdfast.plan.model import Plan
    from holdfast.platforms.machines.asking import Standing
    from holdfast.platforms.machines.cluster import Cluster
    from holdfast.platforms.machines.condition import Condition

_UNKNOWN = "unknown"


@dataclass(frozen=True)
class _Seen:
    """What the hosts say: of the system, of themselves, and of pacemaker."""

    standings: tuple[Standing, ...]
    conditions: Mapping[str, Condition | None]
    cluster: Cluster


@click.command("status")
@spec_option
@json_option
@click.option("--why", is_flag=True, help="Show the stewards' last decisions and their reasons.")
def command(spec: Path, as_json: bool, why: bool) -> None:
    """Show who is primary, who follows, and where the virtual addresses are. Of a Kubernetes
    cluster: who leads etcd, which nodes are Ready as each of them sees it, and what does not run.

    What a host does not answer is shown as unknown; if no host answers, the exit code is 3.
    """
    seen = sound(spec)
    if seen.system.cluster is not None:
        _kubernetes(planned_cluster(seen), as_json)
        return
    plan = planned(spec)
    look = run_async(_look(plan))
    if as_json:
        click.echo(json.dumps(_as_data(plan, look), indent=2))
    else:
        _show(plan, look, why)
    if all(standing.status is None for standing in look.standings):
        raise EnvironmentFailure("no host's steward answers", "is it deployed? try: holdfast up")


def _kubernetes(plan: ClusterPlan, as_json: bool) -> None:
    from holdfast.cluster.standing import warnings

    found = run_async(_nodes(plan))
    if as_json:
        hosts = {standing.host: asdict(standing) for standing in found}
        told = {"system": plan.system, "hosts": hosts, "warnings": list(warnings(found))}
        click.echo(json.dumps(told, indent=2))
    else:
        table = _table("host", "etcd", "sees ready", "does not run")
        for each in found:
            sees = _UNKNOWN if each.sees is None else " ".join(each.sees)
            table.add_row(each.host, each.member, sees, " ".join(each.idle))
        console().print(table)
        for line in (*(each.trouble for each in found if each.trouble), *warnings(found)):
            click.echo(f"warning: {line}", err=True)
    if all(each.trouble for each in found):
        raise EnvironmentFailure("no host answers", "is it deployed? try: holdfast up")


async def _nodes(plan: ClusterPlan) -> tuple[Nodes, ...]:
    from holdfast.cluster.render import units
    from holdfast.cluster.standing import standings
    from holdfast.hosts.connect import connect

    doors = [connect(host) for host in plan.hosts]
    try:
        return await standings(doors, units(plan), [node.name for node in plan.nodes])
    finally:
        for door in doors:
            await door.close()


def _show(plan: Plan, seen: _Seen, why: bool) -> None:
    from holdfast.platforms.machines.cluster import advice

    out = console()
    found, cluster = seen.standings, seen.cluster
    out.print(_hosts(plan, found, cluster))
    for name in plan.stores:
        out.print(_datastore(name, found))
    for standing in found:
        if standing.trouble:
            click.echo(standing.trouble, err=True)
    for host, node in cluster.items():
        if said := advice(host, node):
            click.echo(said)
    for line in _warnings(seen):
        click.echo(f"warning: {line}", err=True)
    if why:
        for line in _decisions(found):
            click.echo(line)


async def _look(plan: Plan) -> _Seen:
    from holdfast.hosts.connect import connect
    from holdfast.platforms.machines.asking import conditions, standings
    from holdfast.platforms.machines.cluster import cluster

    doors = [connect(host) for host in plan.hosts]
    try:
        found = await standings(doors, [str(vip.address) for vip in plan.vips])
        silent = {standing.host for standing in found if standing.addresses is None}
        there = [door for door in doors if door.host not in silent]
        told, nodes = await asyncio.gather(conditions(there), cluster(there if plan.fenced else []))
        return _Seen(found, dict.fromkeys(silent) | told, nodes)
    finally:
        for door in doors:
            await door.close()


def _as_data(plan: Plan, seen: _Seen) -> dict[str, Any]:
    from holdfast.platforms.machines.cluster import advice

    cluster = seen.cluster
    return {
        "system": plan.system,
        "hosts": {
            s.host: {
                "steward": s.status,
                "addresses": None if s.addresses is None else list(s.addresses),
                "trouble": s.trouble,
                "pacemaker": asdict(cluster[s.host]) if s.host in cluster else None,
                "advice": advice(s.host, cluster[s.host]) if s.host in cluster else "",
                "condition": seen.conditions[s.host],
            }
            for s in seen.standings
        },
        "warnings": list(_warnings(seen)),
    }


def _warnings(seen: _Seen) -> tuple[str, ...]:
    from holdfast.platforms.machines.condition import warnings

    return warnings(seen.conditions, time.time())


def _hosts(plan: Plan, found: tuple[Standing, ...], cluster: Cluster) -> Table:
    more = ("pacemaker", "fence", "runs") if plan.fenced else ()
    table = _table("host", "sees", "quorum", "carries", *more)
    for standing in found:
        addresses = _UNKNOWN if standing.addresses is None else " ".join(standing.addresses)
        slow = _slow(standing.host, cluster) if plan.fenced else ()
        if standing.status is None:
            table.add_row(standing.host, _UNKNOWN, _UNKNOWN, addresses, *slow)
            continue
        view = standing.status["view"]
        quorum = "yes" if view["quorate"] else "no"
        table.add_row(standing.host, " ".join(view["members"]), quorum, addresses, *slow)
    return table


def _slow(host: str, cluster: Cluster) -> tuple[str, str, str]:
    """pacemaker's view of a host: how it is, whether it could be fenced, what runs there alone."""
    node = cluster.get(host)
    if node is None:
        return _UNKNOWN, _UNKNOWN, ""
    fence = {None: "a person", True: "ready", False: "no answer"}[node.fence]
    return node.state, fence, " ".join(node.runs)


def _datastore(name: str, found: tuple[Standing, ...]) -> Table:
    table = _table(name, "role", "term", "behind", "clients led to", "doing")
    furthest = max((_member(name, s).get("lsn") or 0 for s in found), default=0)
    for standing in found:
        member = _member(name, standing)
        if not member:
            table.add_row(standing.host, *[_UNKNOWN] * 5)
            continue
        role = "incomplete" if member["incomplete"] else member["role"]
        behind = _UNKNOWN if member["lsn"] is None else f"{furthest - member['lsn']} B"
        led = member["routed"] or "nobody"
        table.add_row(standing.host, role, str(member["term"]), behind, led, member["phase"])
    return table


def _member(name: str, standing: Standing) -> Mapping[str, Any]:
    member: Mapping[str, Any] = (standing.status or {}).get("datastores", {}).get(name, {})
    return member


def _decisions(found: tuple[Standing, ...]) -> list[str]:
    """The decisions of all stewards in the order of their clocks."""
    said = sorted(
        (decision["at"], standing.host, name, decision["what"], decision["why"])
        for standing in found
        for name, member in (standing.status or {}).get("datastores", {}).items()
        for decision in member["decisions"]
    )
    return [
        f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S.%f}  {host}  {name}  {what}: {why}"
        for at, host, name, what, why in said
    ]


def _table(*columns: str) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table

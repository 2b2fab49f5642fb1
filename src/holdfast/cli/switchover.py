"""holdfast switchover: hand a datastore's primary role over on purpose."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.entry import planned, run_async
from holdfast.cli.options import json_option, spec_option
from holdfast.errors import InputError

if TYPE_CHECKING:
    from holdfast.plan.model import Plan


@click.command("switchover")
@spec_option
@json_option
@click.argument("datastore")
@click.argument("host", required=False)
def command(spec: Path, as_json: bool, datastore: str, host: str | None) -> int:
    """Make HOST the primary of DATASTORE; without HOST, whoever is best among the others.

    Nothing acknowledged is lost, and writes pause for a moment.
    """
    plan = planned(spec)
    require("datastore", datastore, list(plan.stores))
    if host is not None:
        require("host", host, list(plan.stores[datastore]))
    answer = run_async(_switch_over(plan, datastore, host))
    if as_json:
        click.echo(json.dumps(answer))
    else:
        done = "" if answer["ok"] else "not done: "
        click.echo(f"{datastore}: {done}{answer['why']}", err=True)
    return 0 if answer["ok"] else 1


def require(what: str, name: str, known: list[str]) -> None:
    """Raises InputError that tells what there is instead."""
    if name not in known:
        raise InputError(f"there is no {what} {name}", f"there is: {', '.join(known) or 'none'}")


async def _switch_over(plan: Plan, datastore: str, to: str | None) -> Mapping[str, Any]:
    from holdfast.hosts.connect import connect
    from holdfast.platforms.machines.asking import switch_over

    doors = [connect(host) for host in plan.hosts]
    try:
        return await switch_over(doors, datastore, to)
    finally:
        for door in doors:
            await door.close()

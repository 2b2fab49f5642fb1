"""holdfast bootstrap: begin a datastore anew from one host's data, knowing what may be lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.entry import planned, run_async
from holdfast.cli.options import json_option, spec_option
from holdfast.cli.switchover import require
from holdfast.errors import InputError

if TYPE_CHECKING:
    from holdfast.plan.model import Plan


@click.command("bootstrap")
@spec_option
@json_option
@click.option("--accept-loss", is_flag=True, help="Yes, what only other hosts have may be lost.")
@click.argument("datastore")
@click.argument("host")
def command(spec: Path, as_json: bool, accept_loss: bool, datastore: str, host: str) -> int:
    """Begin DATASTORE (MySQL) anew from the data of HOST.

    For when `holdfast status` says that it waits for hosts that will not come back, or not soon.
    Writes that only they have are lost, and their data are replaced once they return. Refused
    while the datastore serves, or can by itself.
    """
    plan = planned(spec)
    able = [each.name for each in plan.datastores if each.engine == "mysql"]
    require("MySQL datastore", datastore, able)
    require("host", host, list(plan.stores.get(datastore, ())))
    if not accept_loss:
        raise InputError(
            f"what only other hosts than {host} have may be lost",
            "if `holdfast status` says that they are waited for, and they cannot return: "
            "--accept-loss",
        )
    answer = run_async(_bootstrap(plan, datastore, host))
    if as_json:
        click.echo(json.dumps(answer))
    else:
        done = "" if answer["ok"] else "not done: "
        click.echo(f"{datastore}: {done}{answer['why']}", err=True)
    return 0 if answer["ok"] else 1


async def _bootstrap(plan: Plan, datastore: str, host: str) -> Mapping[str, Any]:
    from holdfast.hosts.connect import connect
    from holdfast.platforms.machines.asking import bootstrap

    doors = [connect(each) for each in plan.hosts]
    try:
        return await bootstrap(doors, datastore, host)
    finally:
        for door in doors:
            await door.close()

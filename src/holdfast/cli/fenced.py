"""holdfast fenced: a person says that a lost host is off."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdfast.cli.entry import planned, run_async
from holdfast.cli.options import spec_option
from holdfast.errors import InputError

if TYPE_CHECKING:
    from holdfast.plan.model import Plan


@click.command("fenced")
@spec_option
@click.argument("host")
def command(spec: Path, host: str) -> None:
    """Confirm that HOST, which is lost and whose BMC does not answer, is powered off.

    Look first: it must not come back by itself while its services are started elsewhere.
    """
    plan = planned(spec)
    names = [each.name for each in plan.hosts]
    if host not in names:
        raise InputError(f"there is no host {host}", f"there is: {', '.join(names)}")
    run_async(_confirm(plan, host))
    click.echo(f"{host}: noted as powered off", err=True)


async def _confirm(plan: Plan, host: str) -> None:
    """Raises InputError for a host that nobody has lost."""
    from holdfast.hosts.connect import connect
    from holdfast.platforms.machines.cluster import cluster, confirm

    doors = [connect(each) for each in plan.hosts if each.name != host]
    try:
        seen = await cluster(doors)
        if host not in seen or seen[host].state != "lost":
            said = seen[host].state if host in seen else "unknown"
            raise InputError(
                f"{host} is not lost: pacemaker says {said}",
                "only a lost host is to be confirmed; see `holdfast status`",
            )
        await confirm(doors, host)
    finally:
        for door in doors:
            await door.close()

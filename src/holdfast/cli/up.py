"""holdfast up: deploy a system onto its hosts."""

from __future__ import annotations

import difflib
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdfast.cli.entry import planned, run_async, state_folder
from holdfast.cli.options import spec_option

if TYPE_CHECKING:
    from holdfast.plan.model import Plan
    from holdfast.platforms.machines.operate import Step


@click.command("up")
@spec_option
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
def command(spec: Path, dry_run: bool) -> None:
    """Deploy the system onto its hosts, or make what is there as the spec says.

    What has not changed is left alone. A run that failed is continued by the next one.
    """
    plan = planned(spec)
    project = state_folder(spec, plan.system) / "ansible"
    begun = time.monotonic()
    _render(spec, plan, project)
    changed = run_async(_deploy(plan, project, dry_run))
    took = f"in {time.monotonic() - begun:.0f} s"
    if not changed:
        click.echo(f"{plan.system}: nothing changed ({took})", err=True)
    elif dry_run:
        click.echo(f"{plan.system}: this is what would change; nothing was done", err=True)
    else:
        click.echo(f"{plan.system}: up {took}", err=True)


def _render(spec: Path, plan: Plan, project: Path) -> None:
    from holdfast.pki.store import open_store
    from holdfast.platforms.machines import gather
    from holdfast.platforms.machines.folder import write
    from holdfast.platforms.machines.project import project as as_project
    from holdfast.platforms.machines.render import render

    credentials = open_store(state_folder(spec, plan.system), plan)
    bundle = render(plan, credentials, gather.gather(plan, spec.parent))
    write(as_project(plan, bundle, gather.ansible()), project)


async def _deploy(plan: Plan, project: Path, dry_run: bool) -> bool:
    from holdfast.hosts.connect import connect
    from holdfast.platforms.machines.operate import deploy
    from holdfast.platforms.machines.preflight import preflight

    _say("looking at the hosts")
    hosts = [connect(host) for host in plan.hosts]
    try:
        await preflight(hosts)
    finally:
        for host in hosts:
            await host.close()
    return await deploy(project, dry_run, _show_diffs if dry_run else _show)


def _say(text: str) -> None:
    click.echo(text, err=True)


def _show(step: Step) -> None:
    if step.changed:
        _say(f"{step.name}: {' '.join(step.changed)}")


def _show_diffs(step: Step) -> None:
    """The differences themselves go to stdout."""
    _show(step)
    for host, diff in step.diffs:
        lines = difflib.unified_diff(
            str(diff.get("before", "")).splitlines(keepends=True),
            str(diff.get("after", "")).splitlines(keepends=True),
            f"{host}:{diff.get('before_header', '')}",
            f"{host}:{diff.get('after_header', '')}",
        )
        click.echo("".join(lines), nl=False)

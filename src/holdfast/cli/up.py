"""holdfast up: deploy a system onto its hosts."""

from __future__ import annotations

import difflib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdfast.cli.entry import Examined, planned, planned_cluster, run_async, sound, state_folder
from holdfast.cli.options import json_option, spec_option

if TYPE_CHECKING:
    from holdfast.plan.model import Plan
    from holdfast.platforms.machines.operate import Step


@click.command("up")
@spec_option
@json_option
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
def command(spec: Path, as_json: bool, dry_run: bool) -> None:
    """Deploy the system onto its hosts, or make what is there as the spec says.

    What has not changed is left alone; hosts that may be serving are changed one after the other.
    A run that failed is continued by the next one.
    """
    seen = sound(spec)
    carry_out(spec, seen, dry_run=dry_run, as_json=as_json)


def carry_out(spec: Path, seen: Examined, *, dry_run: bool, as_json: bool) -> None:
    """Deploy what the spec asks for, and say how that went. Raises HoldfastError."""
    name, begun = seen.system.system, time.monotonic()
    if seen.system.cluster is None:
        steps = deploy(spec, planned(spec), dry_run=dry_run, show_diffs=dry_run and not as_json)
    else:
        steps = _bring_up(spec, seen, dry_run, show_diffs=dry_run and not as_json)
    seconds = time.monotonic() - begun
    _say(f"{name}: {_outcome(steps, dry_run)} ({seconds:.0f} s)")
    if as_json:
        changed = {step.name: sorted(step.changed) for step in steps if step.changed}
        click.echo(json.dumps({"system": name, "changed": changed, "seconds": round(seconds, 1)}))


def deploy(spec: Path, plan: Plan, *, dry_run: bool, show_diffs: bool) -> list[Step]:
    """Render and carry out; says each step that changed something. Raises HoldfastError."""
    project = state_folder(spec, plan.system) / "ansible"
    _render(spec, plan, project)
    return run_async(_deploy(plan, project, dry_run, show_diffs))


def _bring_up(spec: Path, seen: Examined, dry_run: bool, show_diffs: bool) -> list[Step]:
    from holdfast.cluster.deploy import bring_up

    heard, state = _Heard(show_diffs), state_folder(spec, seen.system.system)
    run_async(bring_up(state, planned_cluster(seen), dry_run, heard, _say))
    return heard.steps


class _Heard:
    """Keeps the steps of a deployment, and says those that changed something."""

    def __init__(self, show_diffs: bool) -> None:
        self.steps: list[Step] = []
        self._show_diffs = show_diffs

    def __call__(self, step: Step) -> None:
        self.steps.append(step)
        if step.changed:
            _say(f"{step.name}: {' '.join(sorted(step.changed))}")
        if self._show_diffs:
            _show_diffs(step)


def _outcome(steps: list[Step], dry_run: bool) -> str:
    if not any(step.changed for step in steps):
        return "nothing changed"
    return "this would change; nothing was done" if dry_run else "up"


def _render(spec: Path, plan: Plan, project: Path) -> None:
    from holdfast.pki.store import open_store
    from holdfast.platforms.machines import gather
    from holdfast.platforms.machines.folder import write
    from holdfast.platforms.machines.project import project as as_project
    from holdfast.platforms.machines.render import render

    credentials = open_store(state_folder(spec, plan.system), plan)
    bundle = render(plan, credentials, gather.gather(plan, spec.parent))
    write(as_project(plan, bundle, gather.ansible()), project)


async def _deploy(plan: Plan, project: Path, dry_run: bool, show_diffs: bool) -> list[Step]:
    from holdfast.hosts.connect import connect
    from holdfast.platforms.machines.operate import deploy
    from holdfast.platforms.machines.preflight import preflight

    heard = _Heard(show_diffs)
    _say("looking at the hosts")
    hosts = [connect(host) for host in plan.hosts]
    try:
        await preflight(hosts)
    finally:
        for host in hosts:
            await host.close()
    await deploy(project, dry_run, heard)
    return heard.steps


def _show_diffs(step: Step) -> None:
    """On stdout, as patches."""
    for host, diff in step.diffs:
        lines = difflib.unified_diff(
            diff.get("before", "").splitlines(keepends=True),
            diff.get("after", "").splitlines(keepends=True),
            f"{host}:{diff.get('before_header', '')}",
            f"{host}:{diff.get('after_header', '')}",
        )
        click.echo("".join(lines), nl=False)


def _say(text: str) -> None:
    click.echo(text, err=True)

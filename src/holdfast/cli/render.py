"""holdfast render: write every file that the hosts would get."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdfast.cli.entry import planned, state_folder
from holdfast.cli.options import json_option, spec_option

if TYPE_CHECKING:
    from holdfast.pki.credentials import Credentials
    from holdfast.plan.model import Plan


@click.command("render")
@spec_option
@json_option
@click.option(
    "-o",
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default="out",
    show_default=True,
    help="The folder to write.",
)
@click.option(
    "--with-secrets",
    is_flag=True,
    help="With certificates and private keys: an Ansible project that can be run as it is.",
)
def command(spec: Path, as_json: bool, out: Path, with_secrets: bool) -> None:
    """Write the system as an Ansible project: every file of every host, to read, diff and keep.

    Says what has changed since the folder was last written. Without secrets, which is the
    default, equal specs give equal folders.
    """
    from holdfast.platforms.machines import gather
    from holdfast.platforms.machines.folder import write
    from holdfast.platforms.machines.project import project
    from holdfast.platforms.machines.render import render

    plan = planned(spec)
    credentials = _credentials(spec, plan, with_secrets)
    bundle = render(plan, credentials, gather.gather(plan, spec.parent))
    changes = write(project(plan, bundle, gather.ansible()), out)
    if as_json:
        click.echo(json.dumps({**asdict(changes), "digest": bundle.digest()}, indent=2))
        return
    for sign, paths in (("+", changes.added), ("~", changes.changed), ("-", changes.removed)):
        for path in paths:
            click.echo(f"{sign} {path}")
    click.echo(f"{out}: {len(bundle.files)} files for {len(plan.hosts)} hosts", err=True)
    if not changes:
        click.echo(f"{out}: nothing changed", err=True)


def _credentials(spec: Path, plan: Plan, real: bool) -> Credentials:
    if real:
        from holdfast.pki.store import open_store

        return open_store(state_folder(spec, plan.system), plan)
    from holdfast.pki.credentials import placeholder

    return placeholder(plan)

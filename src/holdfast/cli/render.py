"""holdfast render: write every file that the hosts would get."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdfast.cli.entry import Examined, planned_cluster, sound, state_folder
from holdfast.cli.options import json_option, spec_option

if TYPE_CHECKING:
    from holdfast.bundle import Bundle
    from holdfast.pki.credentials import Credentials
    from holdfast.plan.model import Plan
    from holdfast.platforms.machines.project import Leaf


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
    Of a cluster: its objects as well, and a kubeconfig.

    Says what has changed since the folder was last written. Without secrets, which is the
    default, equal specs give equal folders.
    """
    from holdfast.platforms.machines.folder import write

    seen = sound(spec)
    make = _machines if seen.system.cluster is None else _cluster
    leaves, bundle = make(spec, seen, with_secrets)
    changes = write(leaves, out)
    if as_json:
        click.echo(json.dumps({**asdict(changes), "digest": bundle.digest()}, indent=2))
        return
    for sign, paths in (("+", changes.added), ("~", changes.changed), ("-", changes.removed)):
        for path in paths:
            click.echo(f"{sign} {path}")
    click.echo(f"{out}: {len(bundle.files)} files for {len(bundle.hosts)} hosts", err=True)
    if not changes:
        click.echo(f"{out}: nothing changed", err=True)


def _machines(spec: Path, seen: Examined, with_secrets: bool) -> tuple[tuple[Leaf, ...], Bundle]:
    from holdfast.plan.build import build
    from holdfast.platforms.machines import gather
    from holdfast.platforms.machines.project import project
    from holdfast.platforms.machines.render import render

    plan = build(seen.system, seen.inventory)
    credentials = _credentials(spec, plan, with_secrets)
    bundle = render(plan, credentials, gather.gather(plan, spec.parent))
    return project(plan, bundle, gather.ansible()), bundle


def _cluster(spec: Path, seen: Examined, with_secrets: bool) -> tuple[tuple[Leaf, ...], Bundle]:
    from holdfast.cluster.credentials import placeholder
    from holdfast.cluster.project import project
    from holdfast.cluster.render import render
    from holdfast.cluster.store import open_store
    from holdfast.platforms.machines import gather

    plan = planned_cluster(seen)
    state = state_folder(spec, plan.system)
    credentials = open_store(state, plan) if with_secrets else placeholder(plan)
    bundle = render(plan, credentials, gather.node_agent())
    return project(plan, bundle, credentials, gather.ansible_for_clusters()), bundle


def _credentials(spec: Path, plan: Plan, real: bool) -> Credentials:
    if real:
        from holdfast.pki.store import open_store

        return open_store(state_folder(spec, plan.system), plan)
    from holdfast.pki.credentials import placeholder

    return placeholder(plan)

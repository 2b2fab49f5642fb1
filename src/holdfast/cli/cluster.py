"""holdfast cluster: what a Kubernetes cluster needs besides its spec."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from holdfast.cli.entry import run_async
from holdfast.cli.options import json_option


@click.group("cluster")
def command() -> None:
    """What a Kubernetes cluster needs besides its spec."""


@command.command()
@json_option
@click.option(
    "--from",
    "source",
    default="auto",
    show_default=True,
    metavar="FOLDER|download|build|auto",
    help="Where to have them from; auto downloads them, or builds them where that is impossible.",
)
def binaries(as_json: bool, source: str) -> None:
    """Provide the six Kubernetes binaries, once, in a cache outside of any checkout.

    They come from a folder of yours, from Kubernetes' release site, or are built through the Go
    module proxy, which takes minutes and 6 GB of disk. An interrupted run is continued.
    """
    from holdfast.cluster.binaries import provide
    from holdfast.cluster.record import load

    folder = run_async(provide(source, lambda words: click.echo(words, err=True)))
    entries = load(folder)
    if as_json:
        known = {name: asdict(entry) for name, entry in entries.items()}
        click.echo(json.dumps({"folder": str(folder), "binaries": known}, indent=2))
        return
    for name, entry in entries.items():
        click.echo(f"{folder / name}  {entry.bytes >> 20} MiB  {entry.origin}")


@command.command()
def images() -> None:
    """Build the two container images that a cluster is given, and name their folder."""
    from holdfast.cluster.images import provide

    click.echo(run_async(provide()))

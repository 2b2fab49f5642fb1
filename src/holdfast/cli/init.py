"""holdfast init: a commented holdfast.yaml to start from."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from holdfast.cli.options import spec_option
from holdfast.errors import EnvironmentFailure, InputError


@click.command("init", help="Write a commented holdfast.yaml to start from.")
@spec_option
@click.option("--force", is_flag=True, help="Overwrite the file if there is one.")
@click.option("--cluster", is_flag=True, help="For a Kubernetes cluster.")
def command(spec: Path, force: bool, cluster: bool) -> None:
    name = "cluster.yaml" if cluster else "example.yaml"
    example = files("holdfast.spec").joinpath(name).read_text(encoding="utf-8")
    try:
        with spec.open("w" if force else "x", encoding="utf-8") as file:
            file.write(example)
    except FileExistsError as error:
        raise InputError(
            f"{spec} is there already", "name another file with -f, or overwrite it with --force"
        ) from error
    except OSError as error:
        raise EnvironmentFailure(f"cannot write {spec}: {error.strerror}") from error
    following = "holdfast lab up --cluster" if cluster else "holdfast lab up, holdfast up"
    click.echo(f"wrote {spec}; next: holdfast check, {following}", err=True)

"""holdfast schema: what editors need to complete and check a spec."""

from __future__ import annotations

import json

import click


@click.command("schema", help="Print the JSON Schema of holdfast.yaml, for editors.")
def command() -> None:
    from holdfast.spec.model import System

    click.echo(json.dumps(System.model_json_schema(), indent=2))

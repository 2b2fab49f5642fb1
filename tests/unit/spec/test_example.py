"""The example is documentation, completeness check and fixture at once."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from holdfast.lab.place import Lab
from holdfast.plan import rules
from holdfast.plan.inventory import Inventory
from holdfast.spec import folders
from holdfast.spec.load import parse
from holdfast.spec.model import System

EXAMPLE = files("holdfast.spec").joinpath("example.yaml").read_text(encoding="utf-8")
COMPLETE = re.sub(r"^#(?=\S|  )", "", EXAMPLE, flags=re.MULTILINE)
"""The example with every optional setting switched on."""
CLUSTER = files("holdfast.spec").joinpath("cluster.yaml").read_text(encoding="utf-8")
"""The other example; a spec is one or the other."""

SMALL = Path(__file__).parents[3] / "examples" / "small" / "holdfast.yaml"


def test_the_example_has_no_findings() -> None:
    system = parse(EXAMPLE.encode(), "example.yaml").system
    assert rules.findings(system, Lab("x").inventory()) == ()


def test_every_setting_switched_on_has_no_findings(tmp_path: Path) -> None:
    system = parse(COMPLETE.encode(), "example.yaml").system
    inventory = Inventory(system.hosts, system.edge.addresses, system.operators)
    assert rules.findings(system, inventory) == ()
    (tmp_path / "services").mkdir()
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "001_first.sql").touch()
    assert folders.findings(system, tmp_path) == ()


def test_the_examples_show_every_key() -> None:
    shown = set(re.findall(r"([a-z_]+):", EXAMPLE + CLUSTER))
    assert _keys(System.model_json_schema()) <= shown


def test_the_smallest_useful_spec_is_small() -> None:
    text = SMALL.read_text()
    system = parse(text.encode(), "small").system
    inventory = Inventory(system.hosts, system.edge.addresses, system.operators)
    assert rules.findings(system, inventory) == ()
    assert len(text.splitlines()) < 15


@pytest.mark.parametrize("text", [EXAMPLE, COMPLETE, SMALL.read_text()])
def test_editors_agree(text: str) -> None:
    _validator().validate(yaml.safe_load(text))


@pytest.mark.parametrize(
    "text",
    [
        "sistem: a",
        "{system: a, timers: quick}",
        "{system: a, datastores: {Big: {engine: postgresql}}}",
        "{system: a, objectives: {outage: {edge: 1h}}}",
        "{system: a, objectives: {memory_per_host: 5MB}}",
    ],
)
def test_editors_refuse_what_we_refuse(text: str) -> None:
    assert not _validator().is_valid(yaml.safe_load(text))


def _validator() -> jsonschema.Draft202012Validator:
    schema = System.model_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def _keys(schema: dict[str, Any]) -> set[str]:
    models = [schema, *schema["$defs"].values()]
    return {key for model in models for key in model["properties"]}

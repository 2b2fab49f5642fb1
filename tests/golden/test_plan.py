"""Plans of the examples, reviewed as diffs. UPDATE_GOLDEN=1 writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from holdfast.cli.entry import planned

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SPECS = {
    "example": ROOT / "src/holdfast/spec/example.yaml",
    "small": ROOT / "examples/small/holdfast.yaml",
    "shop": ROOT / "examples/shop/holdfast.yaml",
}


@pytest.mark.parametrize("name", SPECS)
def test_plan(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_LAB", "golden")
    golden = HERE / "plan" / f"{name}.json"
    plan = planned(SPECS[name]).model_dump_json(indent=2) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(plan)
    assert golden.read_text() == plan

"""The generated reference is up to date and complete. UPDATE_GOLDEN=1 writes it anew."""

from __future__ import annotations

import os
from pathlib import Path

from holdfast.spec.model import System
from holdfast.spec.reference import page

PAGE = Path(__file__).parents[2] / "docs/reference/spec.md"


def test_the_page_is_what_the_model_says() -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(page())
    assert PAGE.read_text() == page()


def test_every_setting_says_what_it_is_for() -> None:
    schema = System.model_json_schema()
    for name, model in {"System": schema, **schema["$defs"]}.items():
        for key, value in model["properties"].items():
            assert value.get("description"), f"{name}.{key}"

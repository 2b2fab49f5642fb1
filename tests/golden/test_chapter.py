"""Predictions in the documents are those of the model. UPDATE_GOLDEN=1 writes them anew."""

from __future__ import annotations

import os
from pathlib import Path
from xml.etree import ElementTree

from holdfast.report.prediction.chapter import drawings, pages

FOLDER = Path(__file__).parents[2] / "docs/explanation"
PAGES = ("convergence.md", "convergence.zh.md")
DRAWN = FOLDER / "convergence"


def test_tables_are_those_of_the_model() -> None:
    texts = {name: (FOLDER / name).read_text() for name in PAGES}
    told = pages(texts)
    if os.environ.get("UPDATE_GOLDEN"):
        for name, text in told.items():
            (FOLDER / name).write_text(text)
    assert all(text.count("<!-- predicted: ") == 2 for text in told.values())
    assert {name: (FOLDER / name).read_text() for name in PAGES} == told


def test_drawings_are_those_of_the_model() -> None:
    told = drawings()
    if os.environ.get("UPDATE_GOLDEN"):
        DRAWN.mkdir(exist_ok=True)
        for name, text in told.items():
            (DRAWN / name).write_text(text)
    assert {path.name: path.read_text() for path in DRAWN.iterdir()} == told


def test_drawings_are_well_formed() -> None:
    for name, text in drawings().items():
        assert ElementTree.fromstring(text).tag.endswith("}svg"), name


def test_every_drawing_is_shown_in_both_languages() -> None:
    for page in PAGES:
        text = (FOLDER / page).read_text()
        for name in drawings():
            assert f"](convergence/{name})" in text

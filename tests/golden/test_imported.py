"""What is read from configurations as people have them. UPDATE_GOLDEN=1 writes it anew.

tests/cases/imported has one folder for each system; its golden is what `converge import` says.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from holdfast.cli.main import run

CASES = Path(__file__).parents[1] / "cases/imported"
GOLDEN = Path(__file__).parent / "imported"
SYSTEMS = sorted(folder.name for folder in CASES.iterdir())


@pytest.mark.parametrize("name", SYSTEMS)
def test_import_says_the_same(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(CASES / name)
    run(["converge", "import", *sorted(path.name for path in Path().iterdir())])
    said = capsys.readouterr().out
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        golden.write_text(said)
    assert golden.read_text() == said

"""Files as tests give them: from tests/cases/imported, or written into a folder of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from holdfast.converge.imported.files import load, source_of
from holdfast.converge.imported.reading import Reading
from holdfast.converge.imported.recognise import read
from holdfast.converge.imported.values import Imported

CASES = Path(__file__).parents[3] / "cases/imported"
SYSTEMS = sorted(folder.name for folder in CASES.iterdir())
FILES = sorted(CASES.glob("*/*"))
OBJECTIVES = {"calls": 2.0, "pod": 15.0, "edge": 4.0, "write": 2.0}


def system(name: str, **releases: str) -> Imported:
    """All files of one of the cases."""
    return load(sorted((CASES / name).iterdir()), releases)


def written(folder: Path, texts: Mapping[str, str], **releases: str) -> Imported:
    return load([_write(folder, name, text) for name, text in texts.items()], releases)


def reading(folder: Path, text: str, name: str = "file") -> Reading:
    return read(source_of(_write(folder, name, text)))


def _write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path

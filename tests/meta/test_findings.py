"""Every finding that the code can make is made by a test."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_code_has_a_test() -> None:
    tested = {text for file in (ROOT / "tests/unit").rglob("*.py") for text in _texts(file)}
    assert set(_codes()) - tested == set()


def test_codes_begin_with_the_place_that_makes_them() -> None:
    for path in (ROOT / "src/holdfast/plan/rules").glob("*.py"):
        assert all(code.startswith(f"{path.stem}-") for code in _codes_in(path))


def _codes() -> Iterator[str]:
    for path in (ROOT / "src/holdfast").rglob("*.py"):
        yield from _codes_in(path)


def _codes_in(path: Path) -> Iterator[str]:
    """First arguments of Finding(...), Finding.error(...) and Finding.warning(...)."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[0] == "Finding":
            code = node.args[0]
            assert isinstance(code, ast.Constant), f"{path}:{node.lineno}: write the code out"
            yield str(code.value)


def _texts(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value

"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import configparser
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/holdfast"
MODULES = sorted(SOURCE.rglob("*.py"))

MODULE_LINES = 350
FUNCTION_LINES = 50
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_modules_are_small_and_say_what_they_are_for(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MODULE_LINES
    assert path.stem not in NAMES_THAT_SAY_NOTHING
    tree = ast.parse(text)
    if tree.body:
        assert ast.get_docstring(tree), "begin with a sentence"
    for function in _functions(tree):
        assert _length(text, function) <= FUNCTION_LINES, function.name


def test_there_is_one_way_into_the_acting_half() -> None:
    """asyncio.run in cli/entry.py. Programs of their own have their own: the lab's Redfish service,
    and the agents on the hosts."""
    callers = [
        str(path.relative_to(SOURCE))
        for path in MODULES
        if "agents" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "asyncio.run"
    ]
    assert callers == ["cli/entry.py", "lab/bmcs.py"]


def test_agents_are_kept_apart_from_every_room() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    forbidden = set(contracts["importlinter:contract:agents"]["forbidden_modules"].split())
    rooms = {path.stem for path in SOURCE.iterdir() if not path.name.startswith("__")}
    assert {f"holdfast.{room}" for room in rooms - {"agents"}} <= forbidden


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _length(text: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of code: no docstring, no comments, no blank lines."""
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    start = (first.end_lineno or first.lineno) if is_docstring else function.lineno - 1
    lines = [line.strip() for line in text.splitlines()[start : function.end_lineno]]
    return sum(1 for line in lines if line and not line.startswith("#"))

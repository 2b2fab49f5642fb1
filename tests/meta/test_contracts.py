"""The import contracts hold, and each of them fails when it is broken."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

BREACHES = [
    ("Rooms are on top of each other", "spec/model.py", "import holdfast.plan.places"),
    ("The pure half", "plan/build.py", "import asyncio"),
    ("The pure half", "drill/measure.py", "import holdfast.probes.base"),
    ("The pure half", "engines/postgresql/settings.py", "import holdfast.hosts.base"),
    ("Each rule stands for itself", "plan/rules/ports.py", "import holdfast.plan.rules.quorum"),
    ("Agents run on hosts", "agents/steward/postgresql/protocol.py", "import holdfast.finding"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("contracts")
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", root)
    return root


def test_all_contracts_hold(copy: Path) -> None:
    assert "0 broken" in _lint(copy)


@pytest.mark.parametrize(("contract", "module", "line"), BREACHES)
def test_a_breach_is_found(copy: Path, contract: str, module: str, line: str) -> None:
    path = copy / "src/holdfast" / module
    whole = path.read_text()
    path.write_text(f"{whole}\n{line}\n")
    try:
        broken = [said for said in _lint(copy).splitlines() if said.endswith("BROKEN")]
    finally:
        path.write_text(whole)
    assert any(said.startswith(contract) for said in broken)


def _lint(root: Path) -> str:
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache", "--no-logo"],
        cwd=root,
        env={"PYTHONPATH": str(root / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout

"""The rendered shop, reviewed as a diff. UPDATE_GOLDEN=1 writes it anew.

Its services' and the agents' code is left out: only what rendering says itself.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from holdfast.cli.entry import planned
from holdfast.pki.credentials import placeholder
from holdfast.platforms.machines.folder import write
from holdfast.platforms.machines.project import project
from holdfast.platforms.machines.render import render
from holdfast.platforms.machines.sources import Source, Sources

HERE = Path(__file__).parent
GOLDEN = HERE / "rendered"
SPEC = HERE.parents[1] / "examples/shop/holdfast.yaml"
SOURCES = Sources(
    steward={"__init__.py": Source("")},
    pacemaker={"roles": Source("#!/bin/sh\n", executable=True)},
    services={"accounts": {"app.py": Source("print()\n", executable=True)}},
    schemas={
        "accounts": {"001_first.sql": Source("select 1;\n")},
        "orders": {"001_first.sql": Source("select 1;\n")},
    },
)


def test_rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_LAB", "golden")
    plan = planned(SPEC)
    site = {"site.yaml": Source("# left out\n")}
    leaves = project(plan, render(plan, placeholder(plan), SOURCES), site)
    if os.environ.get("UPDATE_GOLDEN"):
        write(leaves, GOLDEN)
    write(leaves, tmp_path)
    assert contents(tmp_path) == contents(GOLDEN)


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }

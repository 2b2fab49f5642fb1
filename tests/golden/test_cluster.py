"""Rendered clusters, reviewed as diffs. UPDATE_GOLDEN=1 writes them anew.

One whole tree (per-node, fast), of its nodes the first; of the others, the files in which they
differ from it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from holdfast.cluster.credentials import placeholder
from holdfast.cluster.plan import build
from holdfast.cluster.project import project
from holdfast.cluster.render import render
from holdfast.lab.place import Lab
from holdfast.platforms.machines.sources import Source
from holdfast.spec.cluster import Cluster
from holdfast.timers.cluster.profiles import PROFILES

GOLDEN = Path(__file__).parent / "cluster"
OUTSIDE: dict[str, Any] = {"endpoint": "outside", "balancers": ("n4", "n5")}
OTHERS: dict[str, dict[str, Any]] = {
    **{f"per-node-{name}": {"timers": name} for name in PROFILES if name != "fast"},
    "per-node-agent": {"node_agent": True},
    "outside-legacy-nginx": {"timers": "legacy", "balancer": "nginx", **OUTSIDE},
    "outside-fast-nginx": {"timers": "fast", "balancer": "nginx", **OUTSIDE},
    "outside-fast-haproxy": {"timers": "fast", **OUTSIDE},
}


AGENT = {"agents/node/__main__.py": Source('"""The agent."""\n')}
HIDDEN = ("hosts/n2/", "hosts/n3/", "manifests/n2", "manifests/n3")
"""Nodes differ in their names and addresses only."""


def tree(asked: dict[str, Any]) -> dict[str, str]:
    cluster = Cluster(**asked)
    inventory = Lab("golden").inventory(3 + len(cluster.balancers))
    plan = build("kube", cluster, inventory)
    secrets = placeholder(plan)
    leaves = project(plan, render(plan, secrets, AGENT), secrets, {})
    return {leaf.path: leaf.content for leaf in leaves if not leaf.path.startswith(HIDDEN)}


def difference(asked: dict[str, Any]) -> dict[str, str]:
    """What a reviewer has not seen in the whole tree."""
    whole = tree({})
    return {path: text for path, text in tree(asked).items() if whole.get(path) != text}


def test_the_whole_tree() -> None:
    _compare(GOLDEN / "per-node-fast", tree({}))


@pytest.mark.parametrize("name", OTHERS)
def test_what_the_others_differ_in(name: str) -> None:
    _compare(GOLDEN / name, difference(OTHERS[name]))


def _compare(folder: Path, wanted: dict[str, str]) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        for path in _leaves(folder):
            path.unlink()
        for name, content in wanted.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)
    found = {str(path.relative_to(folder)): path.read_text() for path in _leaves(folder)}
    assert found == wanted


def _leaves(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]

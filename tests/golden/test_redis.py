"""What one host is given for Redis, reviewed as a diff. UPDATE_GOLDEN=1 writes it anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from holdfast.cli.entry import planned
from holdfast.pki.credentials import placeholder
from holdfast.platforms.machines.render import render
from holdfast.platforms.machines.sources import Source, Sources

HERE = Path(__file__).parent
GOLDEN = HERE / "redis"
OURS = ("redis", "sysctl", "steward.json")


def test_what_a_host_is_given_for_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_LAB", "golden")
    plan = planned(HERE / "redis.yaml")
    bundle = render(plan, placeholder(plan), Sources({"__init__.py": Source("")}, {}, {}))
    files = {
        file.path.lstrip("/").replace("/", "~"): file.content
        for file in bundle.files
        if file.host == "n1" and any(word in file.path for word in OURS)
    }
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        for name, text in files.items():
            (GOLDEN / name).write_text(text)
    assert files == {path.name: path.read_text() for path in GOLDEN.iterdir()}

"""holdfast report: an old run, measured again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from holdfast.cli.report import command
from holdfast.drill import virtual
from holdfast.drill.folder import RunFolder
from holdfast.drill.memory import MemoryDrill
from holdfast.drill.record import Recorder
from holdfast.drill.run import perform
from holdfast.errors import InputError


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    folder = RunFolder.make(tmp_path, "power-off", 1763884800.0)

    async def work(clock: Callable[[], float]) -> None:
        with Recorder(folder.timeline) as recorder:
            await perform(MemoryDrill(clock).made(), recorder)

    virtual.run(work)
    return folder


def test_a_kept_run_is_shown_and_written_again(run: RunFolder) -> None:
    shown = CliRunner().invoke(command, [str(run.path)], catch_exceptions=False)
    assert shown.exit_code == 0
    assert "verdict: held" in shown.stdout
    assert json.loads((run.path / "verdict.json").read_text())["verdict"] == "held"
    assert run.report.read_text().startswith("<!doctype html>")


def test_programs_get_the_document(run: RunFolder) -> None:
    shown = CliRunner().invoke(command, [str(run.path.parent), "--json"], catch_exceptions=False)
    assert json.loads(shown.stdout) == json.loads((run.path / "verdict.json").read_text())


def test_a_folder_without_runs_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run in"):
        CliRunner().invoke(command, [str(tmp_path)], catch_exceptions=False)

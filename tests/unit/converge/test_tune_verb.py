"""The verb: what it prints, and what it says of wrong input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from holdfast.cli.main import run

TUNE = ["converge", "tune", "--timers", "stock", "--platform", "machines"]


def test_people_get_steps_and_a_block(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*TUNE, "--objective", "write=1500ms"]) == 0
    shown = capsys.readouterr().out
    assert "corosync's token" in shown
    block = yaml.safe_load(shown[shown.index("\ntimers:") :])
    assert block["timers"]["profile"] == "stock"
    assert block["timers"]["values"]["corosync.token_ms"] < 3000


def test_programs_get_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*TUNE, "--objective", "write=1500ms", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["reached"]
    assert told["steps"][-1]["seconds"]["write"] <= 1.5


def test_a_page_has_a_mark_for_each_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    assert run([*TUNE, "--objective", "write=1500ms", "--page", str(page)]) == 0
    shown = page.read_text()
    assert shown.count("<circle") > 2
    assert "corosync.token_ms" in shown
    assert "<script" not in shown


def test_out_of_reach_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*TUNE, "--objective", "write=10ms"]) == 1
    assert "out of reach" in capsys.readouterr().out


def test_measured_stalls_may_be_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "stalls.json"
    path.write_text('{"pauses_per_day": 1000, "realtime": {"p50": 1.0, "p90": 2.0}}')
    assert run([*TUNE, "--objective", "write=1500ms", "--stalls", str(path)]) == 1
    assert "out of reach" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "no objective"),
        (["--objective", "api=2s"], "nobody waits for 'api'"),
        (["--objective", "write"], "has no duration"),
        (["--objective", "write=soon"], "has no duration"),
        (["--objective", "write=1s", "--stalls", "calm"], "cannot be read"),
    ],
)
def test_wrong_input_is_said(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*TUNE, *options]) == 2
    assert words in capsys.readouterr().err

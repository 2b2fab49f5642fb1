"""What people and programs are shown of cuts, side by side."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from holdfast.cli.main import run
from holdfast.converge.explain import explain
from holdfast.converge.spread import Spread, batches, seconds
from holdfast.drill.timeline import Timeline
from holdfast.report.convergence.gantt import gantt
from holdfast.report.convergence.page import page

from . import paper


def kept(folder: Path, timeline: Timeline) -> Path:
    folder.mkdir(parents=True)
    lines = [timeline.header, *timeline.events, *timeline.samples]
    text = "".join(line.model_dump_json() + "\n" for line in lines)
    (folder / "timeline.jsonl").write_text(text)
    return folder


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    kept(tmp_path / "runs/converge/2026-11-23T10-00-00Z", paper.timeline())
    never = {"solo clusterip on n2": 99.0, "solo clusterip on n3": 99.0}
    kept(tmp_path / "runs/converge/2026-11-23T10-01-00Z", paper.timeline(served=never))
    return tmp_path / "runs"


def test_explain_shows_both_times_and_their_timers(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["converge", "explain", str(runs)]) == 0
    shown = capsys.readouterr().out
    assert "fast, per-node haproxy  (2 cuts; 2 x n1: etcd leader" in shown
    assert "kubectl get node answers: 1.01" in shown
    assert "controller_manager.grace_ms=4000" in shown
    assert "not ended" in shown


def test_explain_keeps_what_it_found(runs: Path) -> None:
    run(["converge", "explain", str(runs)])
    first, second = (json.loads(path.read_text()) for path in sorted(runs.rglob("explained.json")))
    assert first["times"]["the Service reaches the replacement"]["total_s"] > 10
    assert second["times"]["the Service reaches the replacement"]["total_s"] is None
    assert all("<svg" in path.read_text() for path in runs.rglob("report.html"))


def test_compare_has_a_column_for_each_kind(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = paper.timeline()
    header = other.header.model_copy(update={"timers": "stock"})
    kept(runs / "stock/2026-11-23T11-00-00Z", Timeline.of([header, *other.events, *other.samples]))
    whole = tmp_path / "all.html"
    assert run(["converge", "compare", str(runs), "--page", str(whole)]) == 0
    shown = capsys.readouterr().out
    assert "fast, per-node" in shown
    assert "stock, per-node" in shown
    assert whole.read_text().count("<svg") == 3


def test_a_page_of_markdown_has_the_same_and_how_often_as_fast(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slow = paper.timeline(served={"solo clusterip on n3": 14.0})
    header = slow.header.model_copy(update={"timers": "stock"})
    kept(runs / "stock/2026-11-23T11-00-00Z", Timeline.of([header, *slow.events, *slow.samples]))
    whole = tmp_path / "all.md"
    assert run(["converge", "compare", str(runs), "--tables", str(whole)]) == 0
    text = whole.read_text()
    assert "| seconds | fast, per-node haproxy (n=2) | stock, per-node haproxy (n=1) |" in text
    assert "| · the node is NotReady | 4.20" in text
    worth = text.partition("## What the timers are worth")[2]
    assert "| fast, per-node haproxy | 1.0 | - | - |" in worth


def test_a_run_that_ended_before_its_cut_is_left_out(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = paper.timeline()
    refused = kept(runs / "refused", Timeline.of([whole.header, *whole.samples]))
    assert run(["converge", "explain", str(runs)]) == 0
    shown = capsys.readouterr()
    assert "2 cuts" in shown.out
    assert "refused: nothing was cut" in shown.err
    assert run(["converge", "explain", str(refused)]) == 2


def test_a_folder_without_cuts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["converge", "explain", str(tmp_path)]) == 2
    assert "holdfast converge measure" in capsys.readouterr().err
    assert run(["converge", "compare", str(tmp_path / "no")]) == 2


def test_the_drawing_is_well_formed_and_inside_itself() -> None:
    drawn = ElementTree.fromstring(gantt(explain(paper.timeline())))
    width = float(drawn.attrib["viewBox"].split()[2])
    for bar in drawn.iter("rect"):
        assert float(bar.attrib["x"]) + float(bar.attrib["width"]) <= width


def test_names_in_the_page_cannot_be_markup() -> None:
    timeline = paper.timeline(was="<script>")
    assert "<script>" not in page(batches([explain(timeline)]))


def test_what_did_not_end_is_worse_than_anything() -> None:
    spread = Spread((1.0, float("inf"), 2.0))
    assert str(spread) == "2.00 (1.00 .. not ended)"
    assert seconds(None) == "not ended"

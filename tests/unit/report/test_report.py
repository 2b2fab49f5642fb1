"""The faces of a report, over a drill on paper."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from tests.unit.load.test_load_evenness import HEADER as LOAD

from holdfast.drill import virtual
from holdfast.drill.memory import EDGE, EXCUSED, WRITER, MemoryDrill
from holdfast.drill.record import Recorder
from holdfast.drill.run import perform
from holdfast.drill.timeline import Outcome, Timeline, read
from holdfast.load.rows import Recording, Row
from holdfast.report.document import document
from holdfast.report.html import page
from holdfast.report.summary import Summary, course, summarise
from holdfast.report.terminal import terminal
from holdfast.report.words import WORDS

EVIDENCE = Path("runs/power-off/2026-01-01T00-00-00Z")


def timeline(folder: Path, outage: float) -> Timeline:
    async def work(clock: Callable[[], float]) -> None:
        with Recorder(folder / "timeline.jsonl") as recorder:
            await perform(MemoryDrill(clock, outage).made(), recorder)

    virtual.run(work)
    return read((folder / "timeline.jsonl").read_text())


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    return summarise(timeline(tmp_path_factory.mktemp("held"), 0.9))


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    return summarise(timeline(tmp_path_factory.mktemp("broken"), 4.0))


def test_the_document_has_what_programs_rely_on(held: Summary) -> None:
    found = json.loads(json.dumps(document(held)))
    assert {"drill", "victim", "started_at", "verdict", "probes", "events"} <= set(found)
    assert found["verdict"] == "held"
    writer = found["probes"][WRITER]
    low, high = writer["outage_s"]
    assert 0 < low < high
    assert high > 0.9
    assert (writer["ended"], writer["lost"], writer["verdict"]) == (True, 0, "held")
    assert writer["acked"] > 0 and writer["unknown"] > 0 and writer["objective_s"] == 1.5
    assert {"at_s", "source", "kind", "host", "detail"} <= set(found["events"][0])
    assert next(e for e in found["events"] if e["kind"] == "fault")["at_s"] == 0.0


def test_what_did_not_end_has_no_interval(held: Summary) -> None:
    lines = held.timeline
    last = max(s.done for s in lines.samples if s.probe == EDGE and s.done < held.zero)
    cut = Timeline(
        lines.header,
        lines.events,
        tuple(
            s if s.probe != EDGE or s.done <= last else s.model_copy(update={"outcome": "unknown"})
            for s in lines.samples
        ),
        lines.audits,
    )
    found = document(summarise(cut))["probes"][EDGE]
    assert found["outage_s"] is None
    assert found["ended"] is False
    assert found["at_least_s"] > 5
    assert found["verdict"] == "broken"


def test_the_course_is_in_order_and_names_timers(held: Summary) -> None:
    steps = course(held)
    assert [step.at_s for step in steps] == sorted(step.at_s for step in steps)
    assert any("corosync.token_ms=300" in step.timers for step in steps)
    assert steps[-1].text.startswith("recovered")


def test_the_terminal_says_it_without_colours(broken: Summary) -> None:
    console = Console(width=120, no_color=True, file=StringIO())
    with console.capture() as capture:
        console.print(terminal(broken, EVIDENCE))
    text = capture.get()
    assert "broken: out for at least" in text
    assert "excused: the victim's own entry point" in text
    assert str(EVIDENCE) in text


def test_the_page_needs_nothing_else(held: Summary) -> None:
    html = page(held, str(EVIDENCE))
    assert not re.search(r"(src|href)\s*=|@import|url\((?!#)", html)
    for probe in (EDGE, WRITER, EXCUSED):
        assert probe in html
    assert "达标" in html


def test_the_page_shows_what_became_of_load_in_each_phase(held: Summary) -> None:
    began = held.timeline.header.started_at
    struck = round((held.zero - began) * 1e6)
    rows = (
        Row(0, 0, 0, 0, 0, 4000, Outcome.OK),
        Row(0, 0, struck, struck, struck, struck + 900_000, Outcome.FAIL, error="status <503>"),
    )
    header = replace(LOAD, started_at=began)
    loaded = summarise(held.timeline, Recording(header, rows))
    html = page(loaded, str(EVIDENCE))
    assert "1 × status &lt;503&gt;" in html and "900.0" in html
    assert "status &lt;503&gt;" not in page(held, str(EVIDENCE))


def test_the_page_escapes_what_hosts_said(held: Summary) -> None:
    event = held.timeline.events[0].model_copy(update={"detail": "</script><b>x"})
    lines = held.timeline
    evil = Timeline(lines.header, (event, *lines.events), lines.samples, lines.audits)
    assert "</script><b>x" not in page(summarise(evil), str(EVIDENCE))


def test_every_word_has_both_languages() -> None:
    assert all(words.en and words.zh for words in WORDS.values())

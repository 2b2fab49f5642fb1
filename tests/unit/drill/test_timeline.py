"""The kept form: what is written can be read back, in any order, also after a kill."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.drill.folder import RunFolder, stamp
from holdfast.drill.record import Recorder
from holdfast.drill.timeline import Audit, Event, Header, Line, Outcome, Sample, Timeline, read
from holdfast.errors import InputError

HEADER = Header(
    drill="kill",
    victim="n1",
    victim_host="n1",
    system="shop",
    timers="fast",
    started_at=1.0,
    objectives={"p": 1.0},
    periods={"p": 0.025},
)
LINES: list[Line] = [
    HEADER,
    Event(at=2.0, source="drill", kind="fault"),
    Sample(probe="p", intended=1.0, sent=1.0, done=1.1, outcome=Outcome.OK, key="k"),
    Audit(probe="p", host="n1", found=1, missing=0, complete=True),
]


def spelt(lines: list[Line]) -> str:
    return "".join(line.model_dump_json() + "\n" for line in lines)


def test_there_and_back() -> None:
    assert read(spelt(LINES)) == Timeline.of(LINES)
    assert read(spelt(LINES[::-1])) == Timeline.of(LINES)


def test_a_torn_last_line_is_dropped() -> None:
    assert read(spelt(LINES) + '{"line": "sam') == Timeline.of(LINES)


def test_a_torn_line_elsewhere_is_refused() -> None:
    with pytest.raises(InputError, match="timeline line 1 "):
        read("{}\n" + spelt(LINES))


def test_a_timeline_has_one_header() -> None:
    with pytest.raises(InputError, match="has 0"):
        read(spelt(LINES[1:]))
    with pytest.raises(InputError, match="has 2"):
        read(spelt([HEADER, HEADER]))


def test_the_file_has_the_lines_before_anybody_computes(tmp_path: Path) -> None:
    with Recorder(tmp_path / "t.jsonl") as recorder:
        for line in LINES:
            recorder.add(line)
        assert read((tmp_path / "t.jsonl").read_text()) == Timeline.of(LINES)
        assert recorder.acknowledged("p") == ("k",)


def test_a_run_has_a_folder_and_the_newest_is_found(tmp_path: Path) -> None:
    first, second = (RunFolder.make(tmp_path, "kill", 1763884800.0) for _ in range(2))
    assert first.path.name == stamp(1763884800.0) == "2025-11-23T08-00-00Z"
    assert second.path.name == "2025-11-23T08-00-00Z.1"
    for folder in (first, second):
        folder.timeline.write_text(spelt(LINES))
    assert RunFolder.find(tmp_path).path.resolve() == second.path.resolve()
    assert RunFolder.find(tmp_path / "kill" / "latest").read() == Timeline.of(LINES)


def test_no_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run in"):
        RunFolder.find(tmp_path)

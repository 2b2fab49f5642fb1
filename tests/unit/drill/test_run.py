"""Whole drills in virtual time, on a system that exists on paper only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.drill import virtual
from holdfast.drill.measure import measure
from holdfast.drill.memory import EDGE, EXCUSED, WRITER, MemoryDrill
from holdfast.drill.phases import phases
from holdfast.drill.record import Recorder
from holdfast.drill.run import perform
from holdfast.drill.timeline import Timeline, read
from holdfast.drill.verdict import Verdict, judge
from holdfast.errors import DrillRefused
from holdfast.probes.memory import Down, MemoryProbe


def performed(
    folder: Path, change: Callable[[MemoryDrill], object] = lambda paper: None
) -> Timeline:
    """Run a drill; the timeline is read back from its file."""

    async def work(clock: Callable[[], float]) -> None:
        paper = MemoryDrill(clock)
        change(paper)
        with Recorder(folder / "timeline.jsonl") as recorder:
            await perform(paper.made(), recorder)
        assert paper.fault.healed

    virtual.run(work)
    return read((folder / "timeline.jsonl").read_text())


def test_a_drill_that_holds(tmp_path: Path) -> None:
    timeline = performed(tmp_path)
    measured = {m.probe: m for m in measure(timeline)}
    edge = measured[EDGE].outage
    assert edge is not None and edge.high is not None
    assert edge.low <= 0.9 <= edge.high
    assert measured[WRITER].lost == 0
    assert measured[WRITER].acked > 100
    judged = judge(timeline, measured.values())
    assert judged.overall is Verdict.HELD


def test_the_parts_come_in_their_order(tmp_path: Path) -> None:
    timeline = performed(tmp_path)
    own = [event.kind for event in timeline.events if event.source == "drill"]
    assert own == ["intent", "fault", "struck", "healing", "healed", "recovered"]
    assert [phase.name for phase in phases(timeline)] == [
        "membership",
        "view",
        "promised",
        "elected",
        "promoted",
        "serving",
        "routed",
        "acknowledged",
    ]


def test_the_same_drill_twice_is_the_same_timeline(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    assert performed(folders[0]) == performed(folders[1])


def test_too_long_an_outage_is_broken(tmp_path: Path) -> None:
    def slow(paper: MemoryDrill) -> None:
        paper.fault.outage = 4.0

    timeline = performed(tmp_path, slow)
    assert judge(timeline, measure(timeline)).overall is Verdict.BROKEN


def test_a_lost_write_is_broken(tmp_path: Path) -> None:
    def forget(paper: MemoryDrill) -> None:
        paper.scene.forgets = frozenset({"r1/postgresql-via-n2/000003"})

    timeline = performed(tmp_path, forget)
    judged = judge(timeline, measure(timeline))
    assert judged.probes[WRITER].verdict is Verdict.BROKEN
    assert judged.probes[WRITER].why == "1 acknowledged writes lost"


def test_an_excused_probe_is_measured_and_not_judged(tmp_path: Path) -> None:
    def gone(paper: MemoryDrill) -> None:
        start = paper.clock() + 3
        paper.probes[2].downs = (Down(start, start + 5),)

    timeline = performed(tmp_path, gone)
    measured = {m.probe: m for m in measure(timeline)}
    outage = measured[EXCUSED].outage
    assert outage is not None and outage.high is not None and outage.high > 1.5
    judged = judge(timeline, measured.values())
    assert judged.probes[EXCUSED].verdict is Verdict.BROKEN
    assert judged.overall is Verdict.HELD


def test_a_member_that_stands_still_refuses_the_drill(tmp_path: Path) -> None:
    def stuck(paper: MemoryDrill) -> None:
        paper.scene.stuck = frozenset({"n3"})

    with pytest.raises(DrillRefused, match="accounts on n3 does not advance"):
        performed(tmp_path, stuck)


def test_a_probe_that_fails_refuses_the_drill(tmp_path: Path) -> None:
    def down(paper: MemoryDrill) -> None:
        paper.probes[0].downs = (Down(0.0, float("inf"), refuses=True),)

    with pytest.raises(DrillRefused, match="https edge: refused"):
        performed(tmp_path, down)


def test_a_host_that_stays_away_is_broken(tmp_path: Path) -> None:
    def away(paper: MemoryDrill) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(3.0, lambda: setattr(paper.scene, "silent", frozenset({"n3"})))

    timeline = performed(tmp_path, away)
    judged = judge(timeline, measure(timeline))
    assert judged.recovery.verdict is Verdict.BROKEN
    assert "n3 does not answer" in judged.recovery.why
    assert judged.probes[WRITER].verdict is Verdict.UNKNOWN


def test_a_cancelled_drill_heals_and_is_unknown(tmp_path: Path) -> None:
    drills: list[MemoryDrill] = []

    async def work(clock: Callable[[], float]) -> None:
        drills.append(MemoryDrill(clock))
        with Recorder(tmp_path / "timeline.jsonl") as recorder:
            async with asyncio.timeout(4.0):
                await perform(drills[0].made(), recorder)

    with pytest.raises(TimeoutError):
        virtual.run(work)
    assert drills[0].fault.healed
    timeline = read((tmp_path / "timeline.jsonl").read_text())
    assert timeline.events[-1].kind == "aborted"
    assert judge(timeline, measure(timeline)).overall is Verdict.UNKNOWN


def test_a_broken_probe_is_unknown_not_good(tmp_path: Path) -> None:
    class Broken(MemoryProbe):
        async def ask(self, key: str) -> object:  # type: ignore[override]
            if self.clock() > 1004.0:
                raise ZeroDivisionError("the probe itself is broken")
            return await super().ask(key)

    def breaks(paper: MemoryDrill) -> None:
        paper.probes[0] = Broken(EDGE, paper.clock, lanes=50)

    timeline = performed(tmp_path, breaks)
    unknown = [s for s in timeline.samples if s.outcome == "unknown" and s.probe == EDGE]
    assert "ZeroDivisionError" in unknown[-1].detail
    assert judge(timeline, measure(timeline)).overall is Verdict.BROKEN

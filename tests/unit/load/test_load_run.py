"""Load in virtual time, on an edge that exists on paper only."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.load.test_load_evenness import HEADER

from holdfast.drill import virtual
from holdfast.drill.timeline import FAULT, HEALED, Event, Outcome, Timeline
from holdfast.drill.timeline import Header as DrillHeader
from holdfast.drill.verdict import Verdict
from holdfast.errors import InputError
from holdfast.load.background import background
from holdfast.load.generator import Generator
from holdfast.load.memory import MemoryEdge
from holdfast.load.mix import Part, turns
from holdfast.load.rows import Effort, Recording, Row, between, lines, read
from holdfast.load.summary import document, summarise
from holdfast.probes.memory import Down

PARTS = (Part("/", path="/"),)
SEATS = ("n1/front/1", "n2/front/2")


def loaded(
    change: Callable[[list[MemoryEdge], Generator], object] = lambda edges, generator: None,
    seconds: float = 10.0,
) -> Recording:
    rows: list[Row] = []

    async def work(clock: Callable[[], float]) -> None:
        edges = [MemoryEdge(f"n{n}", SEATS, clock) for n in (1, 2)]
        generator = Generator(PARTS, edges, 100.0, clock, rows.append)
        change(edges, generator)
        await generator.run(clock(), seconds, asyncio.Event())

    virtual.run(work)
    return Recording(HEADER, tuple(rows), Effort(0.1, seconds))


def test_a_healthy_edge_is_even_and_quick() -> None:
    summary = summarise(loaded())
    assert summary.all.asked == summary.all.good == 1000
    assert summary.generator.rate == pytest.approx(100, rel=0.01)
    assert {layer.excess for layer in summary.layers} == {0.0}
    assert summary.overall is Verdict.HELD
    assert summary.all.latency is not None
    assert summary.all.latency.longest == pytest.approx(5, abs=0.1)


def test_who_has_to_wait_for_an_outage_counts_from_when_it_was_due() -> None:
    """One second of silence at 100/s: a hundred requests waited, half of them over half of it."""

    def hang(edges: list[MemoryEdge], generator: Generator) -> None:
        generator.connections = 1
        for edge in edges:
            edge.downs = (Down(edge.clock() + 2, edge.clock() + 3),)

    rows = loaded(hang).rows
    waited = sorted((row.done - row.intended) / 1e6 for row in rows)
    assert waited[-1] == pytest.approx(1.0, abs=0.1)
    assert 40 <= sum(each > 0.5 for each in waited) <= 110


def test_errors_are_counted_by_kind_and_break_the_verdict() -> None:
    def refuse(edges: list[MemoryEdge], generator: Generator) -> None:
        edges[0].downs = (Down(edges[0].clock() + 2, edges[0].clock() + 3, refuses=True),)

    summary = summarise(loaded(refuse))
    assert summary.all.errors == {"refused": 50}
    assert summary.overall is Verdict.BROKEN


def test_what_has_no_answer_is_unknown_and_no_answer_is_waited_for_for_ever() -> None:
    def silent(edges: list[MemoryEdge], generator: Generator) -> None:
        edges[0].downs = (Down(0, float("inf")),)

    recording = loaded(silent)
    assert len(recording.rows) == 1000
    outcomes = Counter(row.outcome for row in recording.rows if row.vip == 0)
    assert outcomes[Outcome.UNKNOWN] > 0 and outcomes[Outcome.OK] == 0
    assert max(row.done - row.intended for row in recording.rows) < 4.1e6


def test_a_generator_that_was_late_knows_nothing() -> None:
    recording = loaded()
    late = tuple(row._replace(began=row.intended + 50_000) for row in recording.rows)
    assert summarise(replace(recording, rows=late)).overall is Verdict.UNKNOWN
    busy = replace(recording, effort=Effort(9.9, 10.0))
    assert summarise(busy).overall is Verdict.UNKNOWN
    assert summarise(replace(recording, effort=None)).overall is Verdict.UNKNOWN


def test_nothing_asked_is_unknown() -> None:
    assert summarise(Recording(HEADER, (), Effort(1, 1))).overall is Verdict.UNKNOWN


def test_a_recording_reads_back_as_it_was() -> None:
    recording = replace(
        loaded(seconds=1), counters={"gateway": {"n1": 3}, "x": None}, primaries={"a": "n1"}
    )
    text = "\n".join(lines(recording))
    assert read(text) == recording
    assert read(text[:-20]).rows == recording.rows
    assert document(summarise(read(text)))["layers"]["gateway"]["counted"] == {"n1": 3}


@pytest.mark.parametrize("text", ["", "[1,2]\n", '{"header": {"a": 1}}\n{}\n'])
def test_what_is_no_recording_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read(text)


def test_rows_by_phase() -> None:
    rows = loaded().rows
    assert len(between(rows, 0, 2)) == 200
    assert sum(len(between(rows, a, a + 1)) for a in range(10)) == len(rows)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.integers(1, 4))
def test_parts_come_by_weight_and_go_round_the_addresses(weights: list[int], vips: int) -> None:
    parts = [Part(str(n), weight=weight) for n, weight in enumerate(weights)]
    asked = Counter(islice(turns(parts, vips), sum(weights) * vips * 2))
    for number, weight in enumerate(weights):
        assert {asked[number, vip] for vip in range(vips)} == {weight * 2}


def test_beside_a_drill_each_request_belongs_to_the_phase_in_which_it_was_due() -> None:
    recording = loaded()
    began = HEADER.started_at
    events = tuple(
        Event(at=began + at, source="drill", kind=kind) for at, kind in ((2, FAULT), (5, HEALED))
    )
    drill = DrillHeader(
        drill="kill",
        victim="n1",
        victim_host="n1",
        system="paper",
        timers="fast",
        started_at=began,
        objectives={},
        periods={},
    )
    beside = background(recording, Timeline(drill, events, (), ()))
    asked = [phase.asked for phase in beside.phases.values()]
    assert asked == [200, 300, 500]
    assert background(recording, Timeline(drill, (), (), ())).phases["before"].asked == 1000

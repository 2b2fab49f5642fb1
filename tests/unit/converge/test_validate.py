"""The model held against runs: right ones, wrong ones, and those that it does not know."""

from __future__ import annotations

import json
from math import inf
from pathlib import Path

import numpy as np
import pytest

from holdfast.cli.main import run
from holdfast.converge.model import access, cluster, machines
from holdfast.converge.model.compare import Case, Figure, Verdict, judge, took
from holdfast.converge.model.graph import Course
from holdfast.converge.model.story import Story
from holdfast.converge.validate import cases
from holdfast.drill.timeline import Event, Header, Outcome, Sample, Timeline
from holdfast.timers.cluster.profiles import FAST as CLUSTER
from holdfast.timers.cluster.profiles import LEGACY
from holdfast.timers.profiles import FAST

from . import paper

ZERO = 1000.0


def drawn(story: Story, factor: float = 1.0, runs: int = 40) -> Case:
    """Runs that are as the story says, or so many times as long."""
    course = Course(runs, seed=99)

    def figures(seconds: np.ndarray) -> list[Figure]:
        return [Figure(factor * s, factor * s) for s in seconds]

    waits = {s.key: figures(course.at(s.moment) - course.at(s.since)) for s in story.seen}
    return Case("case", story, waits, {n: figures(s) for n, s in took(story, course).items()})


STORIES = [
    machines.story(machines.Loss(FAST)),
    machines.story(machines.Loss(FAST, "handover")),
    cluster.story(access.Design(CLUSTER)),
    cluster.story(access.Design(CLUSTER, led=frozenset({"etcd"}))),
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.title)
def test_a_model_holds_for_what_it_says(story: Story) -> None:
    assert judge([drawn(story)]).holds


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.title)
def test_a_model_does_not_hold_for_twice_as_much(story: Story) -> None:
    judged = judge([drawn(story, 2.0)])
    assert not judged.holds
    within, total = judged.inside
    assert within < total


def test_the_phase_that_is_wrong_is_named() -> None:
    story = STORIES[2]
    good = drawn(story)
    slow = {**good.phases, "its container runs": [Figure(9.0, 9.0)] * 5}
    (compared,) = judge([Case("slow", story, good.waits, slow)]).cases
    assert compared.worst_phase is not None
    assert compared.worst_phase.name == "its container runs"
    assert judge([good]).cases[0].worst_phase is None


def test_nothing_to_compare_is_not_right() -> None:
    assert not judge([]).holds


def test_few_runs_are_not_judged_by_their_median_but_all_of_a_kind_are() -> None:
    """A story of one run each, of whom the lost node led this or that."""
    both = STORIES[2:]
    slow = [drawn(story, 1.5, runs=2) for story in both]
    cases = [
        Case(story.title, story, case.waits, case.phases)
        for story, case in zip(both, slow, strict=True)
    ]
    one = judge(cases[:1])
    assert {line.verdict for line in one.cases[0].lines if line.judged} == {Verdict.FEW}
    wrong = [each.name for each in judge(cases).pooled if each.verdict is Verdict.WRONG]
    assert "pod" in wrong


def test_what_never_comes_is_right_where_it_never_should() -> None:
    story = cluster.story(access.Design(LEGACY, "outside", "nginx"))
    never = judge([Case(story.title, story, {"calls": [Figure(inf, inf)] * 3}, {})])
    assert never.holds
    assert not judge([Case("x", story, {"calls": [Figure(9.0, 9.0)] * 3}, {})]).holds


def test_an_interval_that_touches_is_inside() -> None:
    story = STORIES[0]
    wide = Case("wide", story, {"write": [Figure(0.0, 5.0)]}, {})
    assert judge([wide]).inside == (1, 1)


def test_a_power_cut_of_a_cluster_is_a_case() -> None:
    told, unknown = cases([paper.timeline()])
    assert unknown == 0
    (case,) = told
    assert case.name == access.Design(CLUSTER).title
    assert case.waits["pod"] == [Figure(case.waits["pod"][0].low, case.waits["pod"][0].high)]
    assert 10 < case.waits["pod"][0].middle < 11
    assert case.phases["the node is NotReady"][0].middle == pytest.approx(8.5 - 4.3)
    (compared,) = judge(told).cases
    lines = {line.name: line for line in compared.lines}
    assert lines["pod"].error == pytest.approx(0, abs=0.2)


def test_a_pod_that_sat_elsewhere_was_never_gone() -> None:
    (case,), _ = cases([paper.timeline(paper.without("pod"))])
    assert "pod" not in case.waits
    assert "node" in case.waits


def test_a_cut_that_is_still_being_watched_tells_nothing() -> None:
    whole = paper.timeline()
    events = tuple(event for event in whole.events if event.kind != "healed")
    assert cases([Timeline(whole.header, events, whole.samples, whole.audits)]) == ([], 1)


def test_a_drill_of_machines_is_a_case() -> None:
    told, unknown = cases([drill(), drill(victim="n1", was="primary of accounts, VIP 10.0.0.1")])
    assert unknown == 0
    (case,) = told
    assert case.name == machines.Loss(FAST).title
    assert len(case.phases["membership"]) == 2
    assert case.phases["membership"][0].middle == pytest.approx(0.64)
    (figure, _) = case.waits["write"]
    assert figure.low < 0.9 < figure.high + 0.1
    assert judge(told).holds


def test_the_timers_of_a_run_are_its_own() -> None:
    (case,), _ = cases([drill(values={"corosync.token_ms": 600.0})])
    drawn = Course(2000).at(case.story.milestones["membership"])
    assert np.median(drawn) > 1.2


def test_what_the_model_does_not_know_is_counted() -> None:
    assert cases([drill(victim="n1", was=""), drill(victim="gateway:n2", was="")]) == ([], 2)


def test_the_verb_says_whether_it_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(2):
        keep(tmp_path / str(number), drill())
    assert run(["converge", "validate", str(tmp_path)]) == 0
    assert "the model holds" in capsys.readouterr().out
    assert run(["converge", "validate", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["inside"] == told["of"] == 2
    keep(tmp_path / "slow", drill(stretch=3.0))
    page = tmp_path / "page.html"
    assert run(["converge", "validate", str(tmp_path / "slow"), "--page", str(page)]) == 1
    assert 'class="missed"' in page.read_text()
    assert "most wrong: " in capsys.readouterr().out


def keep(folder: Path, timeline: Timeline) -> None:
    folder.mkdir()
    lines = [timeline.header, *timeline.events, *timeline.samples]
    text = "".join(line.model_dump_json() + "\n" for line in lines)
    (folder / "timeline.jsonl").write_text(text)


COURSE = {
    "members": 0.64,
    "view": 0.6415,
    "candidate": 0.71,
    "elected": 0.712,
    "promoted": 0.77,
    "marked": 0.84,
    "serving": 0.842,
    "routed": 0.8422,
}


def drill(
    victim: str = "primary:accounts",
    was: str = "primary of accounts",
    values: dict[str, float] | None = None,
    stretch: float = 1.0,
) -> Timeline:
    """A writer asks every 20 ms; it is served until the fault, and from 0.88 s after it on."""
    probe = "postgresql accounts via n2"
    header = Header(
        drill="power-off",
        victim=victim,
        victim_host="n1",
        was=was,
        system="shop",
        timers="fast",
        started_at=ZERO - 5,
        objectives={probe: 1.5},
        periods={probe: 0.02},
        groups={probe: "postgresql accounts"},
        timer_values=values or {},
        offsets={"n1": 0.0, "n2": 0.0, "n3": 0.0},
    )
    events = [Event(at=ZERO, source="drill", kind="fault", host="n1")]
    for kind, at in COURSE.items():
        source = "corosync" if kind == "members" else "steward"
        about = "" if kind in ("members", "view") else "accounts"
        events.append(
            Event(at=ZERO + stretch * at, source=source, kind=kind, host="n2", about=about)
        )
    return Timeline.of([header, *events, *(sample(probe, n, stretch) for n in range(-150, 300))])


def sample(probe: str, number: int, stretch: float) -> Sample:
    at = ZERO + number * 0.02
    good = number < 0 or number * 0.02 >= stretch * 0.88
    outcome = Outcome.OK if good else Outcome.FAIL
    return Sample(
        probe=probe, intended=at, sent=at, done=at + 0.004, outcome=outcome, key=f"k{number}"
    )

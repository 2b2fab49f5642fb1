"""What is proposed keeps the rules and its promises; what cannot be reached is not claimed."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.cluster import rules as spec_rules
from holdfast.cluster.tuning import tuned
from holdfast.converge.model import machines
from holdfast.converge.model.access import Design
from holdfast.converge.model.cluster import story
from holdfast.converge.model.knobs import CLUSTER, MACHINES, Knob
from holdfast.converge.model.tune import Advice, Aim, Point, tune
from holdfast.finding import Severity
from holdfast.lab.place import Lab
from holdfast.report.prediction.advice import text
from holdfast.spec.load import parse
from holdfast.timers import rules as machine_rules
from holdfast.timers.change import changed, named
from holdfast.timers.cluster import profiles as clusters
from holdfast.timers.cluster import rules as cluster_rules
from holdfast.timers.cluster.model import ClusterTimers
from holdfast.timers.model import Timers
from holdfast.timers.profiles import FAST, PROFILES, STOCK

DRAWS = 400


def cluster(timers: ClusterTimers) -> Any:
    return story(Design(timers))


def machine(timers: Any) -> Any:
    return machines.story(machines.Loss(timers))


@pytest.fixture(scope="module")
def advice() -> Advice:
    aim = Aim({"api": 2.5, "pod": 30.0}, draws=DRAWS)
    return tune(clusters.STOCK, cluster, aim)


def test_the_smallest_change_does_it(advice: Advice) -> None:
    assert advice.reached
    assert advice.end.waits["api"] <= 2.5
    assert advice.end.waits["pod"] <= 30
    assert advice.steps[0].knob == "toleration of lost nodes"


def test_every_step_is_the_one_before_and_one_knob(advice: Advice) -> None:
    before = advice.start
    for step in advice.steps:
        assert set(before.turns) < set(step.point.turns)
        assert len(step.point.turns) == len(before.turns) + 1
        assert step.point.timers == changed(before.timers, step.values)
        before = step.point


def test_nothing_in_the_front_is_worse_in_everything(advice: Advice) -> None:
    for one in advice.front:
        for other in advice.front:
            mine, theirs = _figures(one), _figures(other)
            assert one is other or any(a < b for a, b in zip(mine, theirs, strict=True))


def test_the_block_is_taken_as_it_is(advice: Advice) -> None:
    spec = "system: kube\n" + text(advice.end.timers)
    system = parse(spec.encode(), "tuned.yaml").system
    assert system.cluster is not None
    assert named(tuned(system.cluster)) | {"profile": ""} == named(advice.end.timers) | {
        "profile": ""
    }
    found = spec_rules.findings(system, system.cluster, Lab("x").inventory())
    assert [one for one in found if one.severity is Severity.ERROR] == []


@settings(max_examples=4, deadline=None)
@given(
    st.sampled_from(sorted(PROFILES)),
    st.integers(200, 4000),
    st.floats(0.5, 3),
    st.floats(0.4, 3),
)
def test_no_rule_is_ever_broken(profile: str, token: int, write: float, edge: float) -> None:
    timers = changed(PROFILES[profile], {"corosync.token_ms": max(token, 400)})
    aim = Aim({"write": write, "edge": edge}, draws=DRAWS)
    found = tune(timers, machine, aim)
    for point in _proposed(found):
        assert isinstance(point.timers, Timers)
        assert machine_rules.findings(point.timers) == ()
        assert point.false_per_year <= aim.bearable
    if found.reached:
        assert found.end.waits["write"] <= write
        assert found.end.waits["edge"] <= edge


def test_no_rule_of_a_cluster_is_ever_broken(advice: Advice) -> None:
    for point in _proposed(advice):
        assert isinstance(point.timers, ClusterTimers)
        assert cluster_rules.findings(point.timers) == ()


def test_what_breaks_a_rule_is_mended() -> None:
    broken = changed(STOCK, {"steward.watchdog_s": 1, "steward.probe_timeout_ms": 600})
    assert machine_rules.findings(broken)
    found = tune(broken, machine, Aim({"write": 60.0}, draws=DRAWS))
    assert found.reached
    assert isinstance(found.end.timers, Timers)
    assert machine_rules.findings(found.end.timers) == ()


def test_what_is_good_enough_stays_as_it_is() -> None:
    found = tune(FAST, machine, Aim({"write": 5.0}, draws=DRAWS))
    assert found.reached
    assert found.steps == ()
    assert yaml.safe_load(text(found.end.timers)) == {"timers": {"profile": "fast"}}


def test_what_no_timer_can_reach_is_not_claimed() -> None:
    found = tune(FAST, machine, Aim({"write": 0.05}, draws=DRAWS))
    assert not found.reached


def test_a_nervous_setting_is_not_bearable() -> None:
    """The only way to be that quick takes healthy hosts for dead."""
    calm = tune(STOCK, machine, Aim({"edge": 0.7}, bearable=0.1, draws=DRAWS))
    assert not calm.reached
    assert calm.end.false_per_year <= 0.1
    assert tune(STOCK, machine, Aim({"edge": 0.7}, bearable=1, draws=DRAWS)).reached


def test_same_question_same_answer() -> None:
    aim = Aim({"write": 1.5}, draws=DRAWS)
    assert tune(STOCK, machine, aim).end.timers == tune(STOCK, machine, aim).end.timers


@pytest.mark.parametrize("knob", [*CLUSTER, *MACHINES], ids=lambda knob: knob.name)
def test_knobs_turn_timers_that_there_are(knob: Knob) -> None:
    timers: Any = clusters.FAST if knob in CLUSTER else FAST
    for setting in knob.settings:
        assert changed(timers, setting) is not None


def _proposed(advice: Advice) -> list[Point]:
    return [*(step.point for step in advice.steps), *advice.front]


def _figures(point: Point) -> tuple[float, ...]:
    return (
        *(round(seconds, 1) for seconds in point.waits.values()),
        round(point.false_per_year, 2),
        round(point.cost.cores, 2),
        len(point.turns),
    )

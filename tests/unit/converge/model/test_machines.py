"""The graphs of a business system's machines: what must hold of them."""

from __future__ import annotations

from itertools import product
from typing import Any, get_args

import pytest

from holdfast.converge.model.graph import Course
from holdfast.converge.model.machines import Drill, Engine, Loss, story
from holdfast.converge.model.predict import Prediction, predict
from holdfast.timers.change import changed
from holdfast.timers.profiles import FAST, PROFILES, STOCK

DRAWS = 5_000
HOST_DRILLS = ("power-off", "link-cut")


@pytest.mark.parametrize(("engine", "drill"), list(product(get_args(Engine), get_args(Drill))))
def test_every_drill_of_every_engine_is_predicted(engine: Any, drill: Any) -> None:
    told = predicted(Loss(FAST, drill, engine))
    assert [wait.key for wait in told.waits][:2] == ["write", "service"]
    assert (told.waits[-1].key == "edge") == (drill in HOST_DRILLS)
    for wait in told.waits:
        assert 0 < wait.spread.p1 <= wait.spread.p50 <= wait.spread.p99 <= wait.spread.worst
        assert sum(phase.of_time for phase in wait.phases) == pytest.approx(1.0)


def test_milestones_are_named_as_drills_name_them() -> None:
    assert set(story(Loss(FAST)).milestones) >= {
        "membership",
        "view",
        "promised",
        "elected",
        "promoted",
        "marked",
        "serving",
        "routed",
        "acknowledged",
    }
    assert "noticed" in story(Loss(FAST, "kill")).milestones


def test_stock_waits_longest_when_a_host_is_lost() -> None:
    for engine in get_args(Engine):
        waits = [write(Loss(PROFILES[name], "power-off", engine)) for name in PROFILES]
        assert waits == sorted(waits)


def test_galera_s_members_cannot_agree_before_corosync_lets_them_speak() -> None:
    phases = predicted(Loss(STOCK, "power-off", "mysql")).wait("write").phases
    assert max(phases, key=lambda phase: phase.decides).name == "membership"


def test_a_quick_corosync_waits_for_no_suspicion() -> None:
    slow = changed(FAST, {"galera.suspect_ms": 5000, "galera.inactive_ms": 15_000})
    assert write(Loss(slow, "power-off", "mysql")) == write(Loss(FAST, "power-off", "mysql"))


def test_everything_at_once_takes_longer() -> None:
    for engine in get_args(Engine):
        alone, crowd = (Loss(FAST, "power-off", engine, alone=own) for own in (True, False))
        assert write(crowd) > write(alone)


def test_a_client_that_connects_to_the_lost_host_waits_for_it_with_stock_timers() -> None:
    """At most as long as it bears: connecting takes longer than that."""
    quick = changed(STOCK, {"haproxy.connect_ms": 100})
    assert write(Loss(STOCK)) > write(Loss(quick)) + 0.1
    longer = changed(STOCK, {"haproxy.connect_ms": 60_000})
    assert write(Loss(longer)) == pytest.approx(write(Loss(STOCK)))


@pytest.mark.parametrize(
    ("name", "drill", "engine", "key"),
    [
        ("corosync.token_ms", "power-off", "postgresql", "write"),
        ("corosync.token_coefficient_ms", "link-cut", "redis", "write"),
        ("steward.probe_timeout_ms", "freeze", "postgresql", "write"),
        ("steward.probe_failures", "freeze", "redis", "write"),
        ("steward.probe_interval_ms", "freeze", "mysql", "write"),
        ("galera.suspect_ms", "power-off", "mysql", "write"),
        ("keepalived.advert_ms", "power-off", "postgresql", "edge"),
        ("haproxy.connect_ms", "power-off", "postgresql", "edge"),
        ("postgresql.wal_retrieve_retry_interval_ms", "kill", "postgresql", "write"),
    ],
)
def test_a_longer_timer_never_shortens(name: str, drill: Any, engine: Any, key: str) -> None:
    group, field = name.split(".")
    longer = changed(FAST, {name: 2 * getattr(getattr(FAST, group), field) + 1})
    short = predicted(Loss(FAST, drill, engine)).wait(key).spread
    long = predicted(Loss(longer, drill, engine)).wait(key).spread
    assert long.p50 >= short.p50
    assert long.p99 >= short.p99


def test_a_handover_is_counted_from_when_the_primary_stops() -> None:
    told = predicted(Loss(FAST, "handover"))
    assert "ordered" not in [phase.name for phase in told.wait("write").phases]
    handover = story(Loss(FAST, "handover")).milestones["acknowledged"]
    assert Course(DRAWS).at(handover).mean() > told.wait("write").spread.p50 + 0.2


def predicted(loss: Loss) -> Prediction:
    return predict(story(loss), loss.timers, DRAWS)


def write(loss: Loss) -> float:
    return predicted(loss).wait("write").spread.p50

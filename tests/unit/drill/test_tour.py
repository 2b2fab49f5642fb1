"""Every drill in turn: what is on the list, what is kept, and what a refusal comes to."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from holdfast.drill import virtual
from holdfast.drill.look import HostLook, Look, MemberLook
from holdfast.drill.round import Round, begun, resumed
from holdfast.drill.tour import Stop, Visited, document, overall, read, tour, visited
from holdfast.drill.verdict import Verdict
from holdfast.drill.victims import every, victim
from holdfast.errors import DrillRefused, InputError
from holdfast.plan.model import Plan
from holdfast.report.tour import page

STOPS = (Stop("kill", "gateway", 25), Stop("power-off", "n1", 60))


def verdict(word: str = "held", lost: int | None = 0, high: float | None = 0.9) -> dict[str, Any]:
    good = {"group": "https /", "excused": False, "verdict": word, "why": "because", "lost": lost}
    return {
        "verdict": word,
        "recovery": {"verdict": "held", "why": "healthy again"},
        "probes": {
            "via n1": {**good, "outage_s": [0.1, 0.2]},
            "via n2": {**good, "outage_s": None if high is None else [0.5, high]},
            "via n3": {**good, "outage_s": [8.0, 9.0], "excused": True},
        },
    }


def gone_round(
    folder: Path,
    hold: Callable[[Stop], Mapping[str, Any]],
    first: int = 1,
    before: tuple[Visited, ...] = (),
) -> tuple[Visited, ...]:
    async def held(stop: Stop) -> tuple[Mapping[str, Any], Path]:
        return hold(stop), folder.parents[1] / stop.drill / "run"

    trip = Round(folder, STOPS, held, lambda done: None, lambda line: None)
    return virtual.run(lambda clock: trip.go(first, before))


def test_every_store_service_part_and_host_has_its_turn(shop: Plan) -> None:
    stops = {(stop.drill, stop.victim) for stop in tour(shop)}
    assert {("kill", "primary:accounts"), ("freeze", "service:front/1")} <= stops
    assert {("power-off", host.name) for host in shop.hosts} <= stops
    assert {("kill", part) for part in ("steward", "gateway", "membership", "addresses")} <= stops
    assert len(stops) == len(tour(shop))


def look() -> Look:
    members = {h: MemberLook("replica", False, 1, "n2") for h in ("n1", "n3")}
    members["n2"] = MemberLook("primary", True, 1, "n2")
    carried: dict[str, tuple[str, ...]] = {"n1": (), "n2": (), "n3": ("10.77.1.21",)}
    view = ("n1", "n2", "n3")
    hosts = {h: HostLook(view, True, {"accounts": m}, carried[h]) for h, m in members.items()}
    return Look(hosts)


def test_whatever_is_on_the_list_can_be_found(shop: Plan) -> None:
    vips = tuple(
        vip.model_copy(update={"address": f"10.77.1.2{n}"}) for n, vip in enumerate(shop.vips, 1)
    )
    plan = shop.model_copy(update={"vips": vips[:1]})
    for label in (*every(plan), *(stop.victim for stop in tour(plan))):
        assert victim(label, plan, look()).host in ("n1", "n2", "n3")
    assert victim("gateway", plan, look()).host == "n3"
    assert victim("steward", plan, look()).host == "n2"
    assert victim("writer:accounts", plan, look()).label == "primary:accounts"


def test_the_worst_entry_point_that_survived_counts() -> None:
    seen = visited(1, STOPS[0], verdict(), "x")
    assert seen.outages == {"https /": (0.5, 0.9)}
    assert visited(1, STOPS[0], verdict(high=None), "x").outages == {"https /": None}
    assert visited(1, STOPS[0], verdict(lost=None), "x").lost is None


def test_a_round_is_kept_and_read_back(tmp_path: Path) -> None:
    folder = begun(tmp_path, 0.0)
    done = gone_round(folder, lambda stop: verdict())
    assert overall(STOPS, done) is Verdict.HELD
    assert read(json.loads((folder / "tour.json").read_text())) == (STOPS, done)
    assert resumed(tmp_path, STOPS) == (folder, done)
    assert 'href="../../kill/run/report.html"' in page(STOPS, done)


def test_one_broken_stop_breaks_the_whole_and_unknown_is_counted_apart(tmp_path: Path) -> None:
    broken = gone_round(begun(tmp_path, 0.0), lambda stop: verdict("broken"))
    assert overall(STOPS, broken) is Verdict.BROKEN
    assert overall(STOPS, broken[:1]) is Verdict.BROKEN
    assert document(STOPS, broken)["broken"] == 2
    assert overall(STOPS, ()) is Verdict.UNKNOWN


def test_a_sick_system_is_given_time(tmp_path: Path) -> None:
    refusals = 2

    def soon(stop: Stop) -> Mapping[str, Any]:
        nonlocal refusals
        refusals -= 1
        if refusals >= 0:
            raise DrillRefused("not yet")
        return verdict()

    done = gone_round(begun(tmp_path, 0.0), soon)
    assert [each.verdict for each in done] == [Verdict.HELD] * 2


def test_what_stays_sick_is_unknown_with_its_reason(tmp_path: Path) -> None:
    def never(stop: Stop) -> Mapping[str, Any]:
        raise DrillRefused("n3 does not answer")

    done = gone_round(begun(tmp_path, 0.0), never)
    assert [each.verdict for each in done] == [Verdict.UNKNOWN] * 2
    assert done[0].why == "n3 does not answer"


def test_a_round_goes_on_where_it_ended(tmp_path: Path) -> None:
    folder = begun(tmp_path, 0.0)
    before = gone_round(folder, lambda stop: verdict("broken"))
    again = gone_round(folder, lambda stop: verdict(), first=2, before=before)
    assert [each.verdict for each in again] == [Verdict.BROKEN, Verdict.HELD]


def test_there_must_be_a_round_to_go_on_with(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no tour"):
        resumed(tmp_path, STOPS)
    gone_round(begun(tmp_path, 0.0), lambda stop: verdict())
    with pytest.raises(InputError, match="another system"):
        resumed(tmp_path, STOPS[:1])

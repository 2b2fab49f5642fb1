"""When shares are called uneven, and when nobody can tell."""

from __future__ import annotations

import random

from tests.unit.load.test_load_chance import thrown

from holdfast.drill.timeline import Outcome
from holdfast.drill.verdict import Verdict
from holdfast.load.evenness import excess, judge, layers
from holdfast.load.rows import Header, Recording, Row

MEMBERS = {
    "address": ("10.0.0.1", "10.0.0.2"),
    "gateway": ("n1", "n2"),
    "service front": ("n1-1", "n2-2"),
}
HEADER = Header(
    system="paper",
    rate=100,
    seconds=1,
    started_at=1000.0,
    parts=("/",),
    vips=MEMBERS["address"],
    deadline=2.0,
    members=MEMBERS,
    limits=dict.fromkeys(MEMBERS, 0.01),
)


def row(number: int, seat: str, outcome: Outcome = Outcome.OK) -> Row:
    due = number * 10_000
    error = "" if outcome is Outcome.OK else "status 503"
    gateway = f"n{number % 2 + 1}"
    return Row(0, number % 2, due, due, due, due + 5000, outcome, gateway, seat, error)


def shares(*counts: int) -> dict[str, int]:
    return {f"m{number}": count for number, count in enumerate(counts)}


def test_excess_is_the_busiest_above_the_mean() -> None:
    assert excess(shares(100, 100, 100)) == 0
    assert excess(shares(150, 75, 75)) == 0.5
    assert excess(shares(0, 0)) is None


def test_even_uneven_and_nobody_knows() -> None:
    assert judge(shares(1000, 1005), None, 0.01).verdict is Verdict.HELD
    assert judge(shares(2000, 1000), None, 0.01).verdict is Verdict.BROKEN
    assert judge(shares(12, 10), None, 0.01).verdict is Verdict.UNKNOWN
    assert judge(shares(0, 0), None, 0.01).verdict is Verdict.UNKNOWN
    assert judge(None, None, 0.01).verdict is Verdict.UNKNOWN


def test_fair_dice_are_called_uneven_once_in_a_hundred_runs_at_most() -> None:
    dice = random.Random(3)
    runs = 1000
    called = sum(
        judge(shares(*thrown(dice, 600, 6)), None, 0.01).verdict is Verdict.BROKEN
        for _ in range(runs)
    )
    assert called / runs < 0.02


def test_loaded_dice_are_found_out() -> None:
    dice = random.Random(3)
    loaded = thrown(dice, 5000, 6)
    loaded[0] += 300
    assert judge(shares(*loaded), None, 0.01).verdict is Verdict.BROKEN


def test_a_second_source_that_knows_of_less_makes_it_unknown() -> None:
    judged = judge(shares(100, 100), shares(100, 60), 0.01)
    assert judged.verdict is Verdict.UNKNOWN
    assert judged.why.endswith("m1")
    assert judge(shares(100, 100), shares(140, 103), 0.01).verdict is Verdict.HELD


def test_without_clients_the_counters_are_judged() -> None:
    assert judge(None, shares(300, 100), 0.05).verdict is Verdict.BROKEN
    assert judge(None, shares(300, 100), None).verdict is Verdict.HELD


def test_only_good_answers_count_and_a_silent_member_counts_as_nothing() -> None:
    rows = [row(n, "n1/front/1") for n in range(100)]
    rows += [row(n, "n2/front/2", Outcome.FAIL) for n in range(100)]
    found = {layer.name: layer for layer in layers(Recording(HEADER, tuple(rows)))}
    assert list(found) == ["address", "gateway", "service front"]
    assert found["gateway"].shares == {"n1": 50, "n2": 50}
    assert found["service front"].shares == {"n1-1": 100, "n2-2": 0}
    assert found["service front"].judged.verdict is Verdict.BROKEN

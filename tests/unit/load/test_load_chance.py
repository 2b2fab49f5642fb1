"""The chi-square test, and percentiles."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.load.chance import chi_square_tail, p_value
from holdfast.load.latency import percentile

CRITICAL = [
    # statistic, degrees of freedom, probability: the tables of any textbook
    (3.841, 1, 0.05),
    (6.635, 1, 0.01),
    (5.991, 2, 0.05),
    (9.210, 2, 0.01),
    (11.070, 5, 0.05),
    (18.307, 10, 0.05),
    (23.209, 10, 0.01),
    (43.773, 30, 0.05),
    (4.351, 5, 0.50),
    (1.145, 5, 0.95),
    (124.342, 100, 0.05),
]


@pytest.mark.parametrize(("statistic", "freedom", "probability"), CRITICAL)
def test_known_values(statistic: float, freedom: int, probability: float) -> None:
    assert chi_square_tail(statistic, freedom) == pytest.approx(probability, rel=0.002)


@pytest.mark.parametrize("statistic", [0.1, 1.0, 7.5, 40.0])
def test_two_degrees_are_an_exponential(statistic: float) -> None:
    assert chi_square_tail(statistic, 2) == pytest.approx(math.exp(-statistic / 2))


@given(st.floats(0.01, 500), st.integers(1, 80))
def test_it_is_a_probability_and_falls(statistic: float, freedom: int) -> None:
    here, further = (chi_square_tail(x, freedom) for x in (statistic, statistic * 1.1))
    assert -1e-9 <= further <= here + 1e-9 <= 1 + 2e-9


def test_equal_shares_are_no_surprise() -> None:
    assert p_value((100, 100, 100)) == 1.0
    assert p_value(()) == p_value((5,)) == p_value((0, 0)) == 1.0
    assert p_value((200, 100, 100)) < 1e-6


def test_fair_dice_are_suspected_as_often_as_is_said() -> None:
    dice = random.Random(7)
    runs = 1000
    suspected = sum(p_value(thrown(dice, 600, 6)) < 0.05 for _ in range(runs))
    assert 0.03 < suspected / runs < 0.07


def thrown(dice: random.Random, times: int, sides: int) -> list[int]:
    counts = [0] * sides
    for side in dice.choices(range(sides), k=times):
        counts[side] += 1
    return counts


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_percentiles_are_values_that_were_seen(values: list[float]) -> None:
    ordered = sorted(values)
    found = [percentile(ordered, percent) for percent in (0, 50, 90, 99, 99.9, 100)]
    assert found == sorted(found)
    assert set(found) <= set(values)
    assert found[-1] == ordered[-1]


def test_nearest_rank() -> None:
    hundred = [float(n) for n in range(1, 101)]
    assert [percentile(hundred, p) for p in (50, 90, 99, 99.9)] == [50, 90, 99, 100]

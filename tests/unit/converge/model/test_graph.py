"""Sums, maxima, minima and choices of moments, against figures known beforehand."""

from __future__ import annotations

import numpy as np
import pytest

from holdfast.converge.model.graph import FAULT, Course, Either, Step, earliest, latest
from holdfast.converge.model.laws import Fixed, Uniform

DRAWS = 20_000


def test_one_after_the_other_is_a_sum() -> None:
    second = Step("second", Step("first", FAULT, Fixed(1.0)), Fixed(2.0))
    assert set(Course(10).at(second)) == {3.0}


def test_waiting_for_all_is_the_maximum_of_uniforms() -> None:
    """E max(U, U) = 2/3, E min(U, U) = 1/3."""
    course = Course(DRAWS)
    one, other = (Step(name, FAULT, Uniform(0, 1)) for name in ("one", "other"))
    assert course.at(latest(one, other)).mean() == pytest.approx(2 / 3, abs=0.01)
    assert course.at(earliest(one, other)).mean() == pytest.approx(1 / 3, abs=0.01)


def test_what_is_shared_is_drawn_once() -> None:
    course, shared = Course(DRAWS), Step("shared", FAULT, Uniform(0, 1))
    late = latest(Step("a", shared, Fixed(1)), Step("b", shared, Fixed(1)))
    assert np.array_equal(course.at(late), course.at(shared) + 1)


def test_one_seed_one_answer_and_another_seed_another() -> None:
    step = Step("step", FAULT, Uniform(0, 1))
    assert np.array_equal(Course(100, 7).at(step), Course(100, 7).at(step))
    assert not np.array_equal(Course(100, 7).at(step), Course(100, 8).at(step))


def test_another_phase_does_not_change_the_luck_of_this_one() -> None:
    step = Step("step", FAULT, Uniform(0, 1))
    alone, beside = Course(100), Course(100)
    beside.at(Step("another", FAULT, Uniform(0, 1)))
    assert np.array_equal(alone.at(step), beside.at(step))


def test_twins_have_luck_of_their_own() -> None:
    course = Course(100)
    first, second = (Step("step", FAULT, Uniform(0, 1), twin=twin) for twin in (0, 1))
    assert not np.array_equal(course.at(first), course.at(second))


def test_shares_add_up_to_the_whole() -> None:
    course = Course(DRAWS)
    slow, fast = Step("slow", FAULT, Uniform(0, 2)), Step("fast", FAULT, Uniform(0, 1))
    end = Step("end", latest(slow, fast), Fixed(0.5))
    shares = {share.name: share for share in course.shares(end)}
    assert sum(share.of_time for share in shares.values()) == pytest.approx(1.0)
    # P(2U > V) = 3/4
    assert shares["slow"].on_path == pytest.approx(0.75, abs=0.01)
    assert shares["slow"].on_path + shares["fast"].on_path == pytest.approx(1.0)
    assert shares["end"].on_path == 1.0


def test_the_longest_on_the_path_decides() -> None:
    course = Course(DRAWS)
    end = Step("constant", Step("varies", FAULT, Uniform(0, 1)), Fixed(0.25))
    shares = {share.name: share.decides for share in course.shares(end)}
    assert shares == {
        "varies": pytest.approx(0.75, abs=0.01),
        "constant": pytest.approx(0.25, abs=0.01),
    }


def test_a_throw_of_the_dice_has_its_odds() -> None:
    course = Course(DRAWS)
    either = Either("hangs", 1 / 3, Step("hung", FAULT, Fixed(1.0)), FAULT)
    assert course.at(either).mean() == pytest.approx(1 / 3, abs=0.02)
    assert [share.on_path for share in course.shares(either)] == [pytest.approx(1 / 3, abs=0.02)]


def test_of_what_never_comes_only_the_rest_is_told() -> None:
    course = Course(DRAWS)
    never = Step("never", FAULT, Fixed(float("inf")))
    either = Either("dies", 0.5, never, Step("comes", FAULT, Fixed(1.0)))
    shares = course.shares(either)
    assert [(share.name, share.on_path) for share in shares] == [("comes", 1.0)]
    assert course.shares(never) == []


def test_a_wait_may_begin_later_than_the_fault() -> None:
    course = Course(10)
    ordered = Step("ordered", FAULT, Fixed(5.0))
    end = Step("stopped", ordered, Fixed(1.0))
    assert [share.name for share in course.shares(end, ordered)] == ["stopped"]

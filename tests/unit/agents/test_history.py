"""Timelines and terms: history files, LSNs, the honest position, the slots' names."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from holdfast.agents.steward.postgresql.history import (
    expected,
    file_name,
    file_timeline,
    foreign,
    format_lsn,
    parse,
    parse_lsn,
    position,
    slot,
)
from holdfast.agents.steward.postgresql.protocol import Position, Term

LSNS = st.integers(min_value=0, max_value=2**64 - 1)
TERMS = (Term(1, 2, 0x1BDDB58), Term(4, 3, 0x2000000), Term(5, 4, 0x2000100))
THIRD = "1\t0/1BDDB58\tno recovery target specified\n\n2\t0/2000000\tno recovery target specified\n"


@given(LSNS)
def test_an_lsn_comes_back_exactly(lsn: int) -> None:
    assert parse_lsn(format_lsn(lsn)) == lsn


@given(st.integers(min_value=1, max_value=2**32 - 1))
def test_a_history_file_is_known_by_its_name(timeline: int) -> None:
    assert file_timeline(file_name(timeline)) == timeline
    assert file_timeline(file_name(timeline) + ".partial") is None


def test_a_history_tells_where_timelines_were_left() -> None:
    assert parse(THIRD) == ((1, 0x1BDDB58), (2, 0x2000000))


def test_a_map_tells_what_a_history_must_say() -> None:
    assert expected(TERMS, 3) == parse(THIRD)
    assert expected(TERMS, 5) is None


def test_histories_of_the_map_are_kept_and_others_are_foreign() -> None:
    other = "1\t0/1BDDB58\tno recovery target specified\n"
    half_born = THIRD + "3\t0/2000100\tx\n"
    assert foreign([("00000003.history", THIRD)], TERMS) == []
    assert foreign([("00000003.history", other)], TERMS) == ["00000003.history"]
    assert foreign([("00000004.history", half_born)], TERMS[:2]) == ["00000004.history"]
    assert foreign([("00000003.history", "torn")], TERMS) == ["00000003.history"]
    assert foreign([("000000030000000000000001", "")], TERMS) == []


def test_a_log_that_ends_where_a_term_began_has_no_record_of_it() -> None:
    assert position(TERMS, 0x2000100) == Position(4, 0x2000100)
    assert position(TERMS, 0x2000101) == Position(5, 0x2000101)
    assert position((), 0x1000) == Position(0, 0x1000)


@given(st.integers(min_value=1), st.text(min_size=1, max_size=20))
def test_a_slot_has_a_name_that_postgresql_allows(term: int, host: str) -> None:
    assert re.fullmatch("[a-z0-9_]+", slot(term, host))


def test_another_term_is_another_slot() -> None:
    assert slot(7, "n1") != slot(8, "n1")
    assert slot(7, "n1") != slot(7, "n2")

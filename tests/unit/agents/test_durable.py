"""What must survive a crash: written whole or not at all, and never half understood."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.agents.steward.durable import CorruptError, decode, encode, load, save
from holdfast.agents.steward.postgresql.protocol import Durable, Intent, Term

DURABLES = st.from_type(Durable)
PROMISED = Durable(7, (Term(7, 3, 4096),), Intent(8, 3, 8192), incomplete=True)


@given(DURABLES)
def test_a_promise_comes_back_exactly(durable: Durable) -> None:
    assert decode(Durable, encode(durable)) == durable


@given(DURABLES, st.data())
def test_a_torn_promise_is_refused(durable: Durable, data: st.DataObject) -> None:
    text = encode(durable).strip()
    end = data.draw(st.integers(min_value=0, max_value=len(text) - 1))
    with pytest.raises(CorruptError):
        decode(Durable, text[:end])


def test_a_member_without_a_file_is_fresh(tmp_path: Path) -> None:
    assert load(tmp_path / "accounts.json", Durable()) == Durable()


def test_a_promise_is_kept_in_a_folder_that_was_not_there(tmp_path: Path) -> None:
    path = tmp_path / "steward" / "accounts.json"
    save(path, Durable(3))
    save(path, PROMISED)
    assert load(path, Durable()) == PROMISED
    assert [each.name for each in path.parent.iterdir()] == ["accounts.json"]


def test_a_file_that_is_no_promise_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    for content in (b"", b"{}", b"\xff\xfe", b'{"promised": "7"}'):
        path.write_bytes(content)
        with pytest.raises(CorruptError):
            load(path, Durable())


def test_who_has_no_data_has_no_log_to_vote_with_but_keeps_its_promise() -> None:
    left = PROMISED.without_data()
    assert left == Durable(promised=7, incomplete=True)

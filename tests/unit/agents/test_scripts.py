"""Numbered .sql files: applied once, in order, never changed afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.agents.steward.commands import FailedError
from holdfast.agents.steward.scripts import Script, pending, scripts

ONE, TWO = Script("001_one.sql", "select 1"), Script("002_two.sql", "select 2")


def test_scripts_are_those_with_a_number_in_order(tmp_path: Path) -> None:
    for name in ("010_later.sql", "002_two.sql", "notes.sql", "001_one.sql", "003.txt"):
        (tmp_path / name).write_text(name)
    assert [each.name for each in scripts(tmp_path)] == [
        "001_one.sql",
        "002_two.sql",
        "010_later.sql",
    ]


def test_what_was_applied_is_not_applied_again() -> None:
    assert pending([ONE, TWO], {ONE.name: ONE.sha256}) == [TWO]
    assert pending([ONE, TWO], {}) == [ONE, TWO]


def test_a_script_that_was_changed_afterwards_is_refused() -> None:
    with pytest.raises(FailedError, match=r"001_one\.sql was changed"):
        pending([ONE], {ONE.name: TWO.sha256})

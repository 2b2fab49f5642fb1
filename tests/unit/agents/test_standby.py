"""A host on standby hands over what it has, again and again, and remembers over restarts."""

from __future__ import annotations

from pathlib import Path

from holdfast.agents.steward.announce import attribute
from holdfast.agents.steward.standby import Standby


def test_a_host_is_not_on_standby_unless_told(tmp_path: Path) -> None:
    standby = Standby(tmp_path)
    assert not standby.on and not standby.due(1)


def test_standby_is_due_at_once_and_then_not_all_the_time(tmp_path: Path) -> None:
    standby = Standby(tmp_path)
    standby.set(True)
    assert [standby.due(1), standby.due(1)] == [True, False]


def test_a_role_that_comes_later_is_kept_lest_it_be_passed_round(tmp_path: Path) -> None:
    standby = Standby(tmp_path)
    standby.set(True)
    assert [standby.due(0), standby.due(1)] == [False, False]
    standby.set(True)
    assert standby.due(1)


def test_standby_is_remembered_until_it_is_over(tmp_path: Path) -> None:
    Standby(tmp_path).set(True)
    assert Standby(tmp_path).on
    Standby(tmp_path).set(False)
    assert not Standby(tmp_path).on


def test_ending_what_never_began_is_no_trouble(tmp_path: Path) -> None:
    Standby(tmp_path).set(False)


def test_a_shard_has_an_attribute_of_its_own() -> None:
    assert attribute("sessions/1") == "holdfast-sessions-1" != attribute("sessions/2")

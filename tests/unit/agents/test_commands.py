"""Programs run for a datastore: their output, their failure, their early end."""

from __future__ import annotations

import threading

import pytest

from holdfast.agents.steward.commands import Cancel, CancelledError, FailedError, run


def test_the_output_of_a_program() -> None:
    assert run(["echo", "a", "b"]) == "a b\n"


def test_a_program_that_fails_says_why() -> None:
    with pytest.raises(FailedError, match="no such thing"):
        run(["sh", "-c", "echo no such thing >&2; exit 3"])


def test_a_cancelled_program_ends_with_all_its_children() -> None:
    cancel = Cancel()
    threading.Timer(0.1, cancel.set).start()
    with pytest.raises(CancelledError):
        run(["sh", "-c", "sleep 60 & wait"], cancel=cancel)


def test_a_program_that_takes_too_long_is_a_failure() -> None:
    with pytest.raises(FailedError, match="longer"):
        run(["sleep", "60"], limit_s=0.05)

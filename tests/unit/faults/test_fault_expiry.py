"""The alarm clock on this machine, for real: processes, and a file instead of a victim."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.errors import EnvironmentFailure
from holdfast.faults.expiry import Detached, call_off_recorded, heal_recorded
from holdfast.hosts.local import command_line

LONG = 1000.0


def clock(folder: Path, after_s: float) -> Detached:
    """Heals by making a file."""
    return Detached(folder / "faults", "fault", ("touch", str(folder / "healed")), after_s)


def record(folder: Path) -> Path:
    return folder / "faults" / "fault.json"


def sleeper(folder: Path) -> int:
    return int(json.loads(record(folder).read_text())["pid"])


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 another process makes it true
        await asyncio.sleep(0.02)


async def ended(pid: int) -> None:
    await until(lambda: not command_line(pid))


async def test_it_goes_off_by_itself(tmp_path: Path) -> None:
    await clock(tmp_path, 0.3).arm()
    await until(lambda: not record(tmp_path).exists())
    assert (tmp_path / "healed").exists()


async def test_once_disarmed_it_never_goes_off(tmp_path: Path) -> None:
    expiry = clock(tmp_path, LONG)
    await expiry.arm()
    pid = sleeper(tmp_path)
    assert command_line(pid)
    await expiry.disarm()
    await ended(pid)
    assert not record(tmp_path).exists()
    assert not (tmp_path / "healed").exists()


async def test_disarming_twice_or_never_armed_does_no_harm(tmp_path: Path) -> None:
    expiry = clock(tmp_path, LONG)
    await expiry.disarm()
    await expiry.arm()
    await expiry.disarm()
    await expiry.disarm()


async def test_it_is_in_a_session_of_its_own(tmp_path: Path) -> None:
    expiry = clock(tmp_path, LONG)
    await expiry.arm()
    assert os.getsid(sleeper(tmp_path)) != os.getsid(0)
    await expiry.disarm()


async def test_arming_again_calls_the_first_one_off(tmp_path: Path) -> None:
    expiry = clock(tmp_path, LONG)
    await expiry.arm()
    first = sleeper(tmp_path)
    await expiry.arm()
    await ended(first)
    assert command_line(sleeper(tmp_path))
    await expiry.disarm()


async def test_leftovers_are_healed_now(tmp_path: Path) -> None:
    await clock(tmp_path, LONG).arm()
    pid = sleeper(tmp_path)
    await heal_recorded(tmp_path / "faults")
    assert (tmp_path / "healed").exists()
    await ended(pid)
    assert not record(tmp_path).exists()


async def test_nothing_left_over_is_nothing_to_heal(tmp_path: Path) -> None:
    await heal_recorded(tmp_path / "faults")
    call_off_recorded(tmp_path / "faults")


async def test_calling_off_does_not_heal(tmp_path: Path) -> None:
    await clock(tmp_path, LONG).arm()
    pid = sleeper(tmp_path)
    call_off_recorded(tmp_path / "faults")
    await ended(pid)
    assert not (tmp_path / "healed").exists()


async def test_a_process_that_only_has_the_number_is_left_alone(tmp_path: Path) -> None:
    words = {"group": os.getpgid(0), "pid": os.getpid(), "argv": ["touch", "x"]}
    (tmp_path / "faults").mkdir()
    record(tmp_path).write_text(json.dumps(words))
    await clock(tmp_path, LONG).disarm()
    assert not record(tmp_path).exists()


async def test_an_expiry_that_cannot_be_armed_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EnvironmentFailure, match="no expiry for fault"):
        await clock(tmp_path, LONG).arm()

"""Lab hosts for tests: one lab of the session's own, booted when the first test asks for it.

Where this machine cannot boot lab hosts, the tests that need them are skipped with the reason;
with CI=true they fail, so that nothing that was not run counts as passed.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

from holdfast.hosts.base import Transport
from holdfast.hosts.connect import connect
from holdfast.lab import machine
from holdfast.lab.place import VARIABLE, Lab

Command = Callable[..., subprocess.CompletedProcess[str]]
"""The command line on a lab: called with the lab and the arguments."""


def _holdfast(lab: Lab, *argv: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, VARIABLE: lab.name}
    command = (sys.executable, "-m", "holdfast", *argv)
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def holdfast() -> Command:
    """Run the command on a lab, whatever comes of it."""
    return _holdfast


@pytest.fixture(scope="session")
def can_boot() -> None:
    """Only where lab hosts can be booted."""
    if reason := machine.missing():
        not_run(f"this machine cannot boot lab hosts: {reason}")


@pytest.fixture(scope="session")
def lab(can_boot: None) -> Iterator[Lab]:
    """Three booted hosts, under a name of the session's own, removed at its end."""
    place = Lab(f"{Lab.here().name}#tests")
    with _alone(place):
        _must(place, "lab", "down")
        _must(place, "lab", "up")
        yield place
        _must(place, "lab", "down")


@pytest.fixture
async def doors(lab: Lab) -> AsyncIterator[dict[str, Transport]]:
    """SSH to every host of the lab, by its name."""
    _must(lab, "lab", "up")
    opened = {host.name: connect(host) for host in lab.inventory().hosts}
    yield opened
    for door in opened.values():
        await door.close()


def not_run(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _must(lab: Lab, *argv: str) -> None:
    done = _holdfast(lab, *argv)
    assert done.returncode == 0, done.stderr


@contextmanager
def _alone(lab: Lab) -> Iterator[None]:
    """Fail at once when another session is using the lab."""
    with Path(tempfile.gettempdir(), f"holdfast-tests-{lab.id}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pytest.fail(f"another test session uses the lab {lab.name}: set {VARIABLE}")
        yield

"""The way from a spec to a plan, and the way into the acting half and out of it again."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.cli.entry import planned, run_async, state_folder
from holdfast.errors import InputError


def test_without_hosts_the_lab_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_LAB", "entry")
    spec = tmp_path / "holdfast.yaml"
    spec.write_text("system: shop\noperators: [10.9.9.9]\n")
    plan = planned(spec)
    assert [host.name for host in plan.hosts] == ["n1", "n2", "n3"]
    assert all(host.fence.lab for host in plan.hosts)
    assert plan.operators[0] == "10.9.9.9"
    assert len(plan.operators) == 2


def test_no_plan_with_errors(tmp_path: Path) -> None:
    spec = tmp_path / "holdfast.yaml"
    spec.write_text("system: shop\ngateway: {routes: [{path: /, service: none}]}\n")
    with pytest.raises(InputError) as caught:
        planned(spec)
    assert [str(finding.where) for finding in caught.value.findings] == [f"{spec}:2:39"]


def test_state_is_kept_beside_the_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert state_folder(Path("holdfast.yaml"), "shop") == tmp_path / ".holdfast" / "shop"


def test_work_gives_its_result() -> None:
    async def work() -> int:
        return 7

    assert run_async(work()) == 7


@pytest.fixture
def interruptible() -> Iterator[None]:
    """As at a terminal: what a shell starts in the background begins deaf to SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_cancel_and_what_was_done_is_undone(number: signal.Signals) -> None:
    undone = []

    async def work() -> None:
        try:
            os.kill(os.getpid(), number)
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            undone.append(True)

    with pytest.raises(KeyboardInterrupt):
        run_async(work())
    assert undone == [True]

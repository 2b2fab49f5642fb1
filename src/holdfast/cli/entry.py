"""The way in that all verbs share: from a spec's path to a plan, and from sync to async."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click

from holdfast.errors import InputError
from holdfast.finding import Severity
from holdfast.plan.build import build
from holdfast.plan.inventory import Inventory
from holdfast.plan.model import Plan
from holdfast.plan.rules import findings
from holdfast.spec.load import load
from holdfast.spec.model import System

T = TypeVar("T")
Function = TypeVar("Function", bound=Callable[..., Any])

DEFAULT_SPEC = "holdfast.yaml"


def spec_option(function: Function) -> Function:
    """`-f/--file`: which spec; every verb that reads one spells it so."""
    return click.option(
        "-f",
        "--file",
        "spec",
        type=click.Path(path_type=Path),
        default=DEFAULT_SPEC,
        show_default=True,
        help="The system's spec.",
    )(function)


def planned(spec: Path) -> Plan:
    """Load, look for mistakes, decide. Raises InputError with all findings if any is an error."""
    system = load(spec).system
    inventory = inventory_of(system)
    found = findings(system, inventory)
    if any(finding.severity is Severity.ERROR for finding in found):
        raise InputError(f"{spec} cannot be used", findings=found)
    return build(system, inventory)


def inventory_of(system: System) -> Inventory:
    """The spec's own machines; without any, the lab's."""
    if system.hosts:
        return Inventory(system.hosts, system.edge.addresses, system.operators)
    from holdfast.lab.place import Lab

    lab = Lab.here().inventory()
    return Inventory(lab.hosts, lab.vips, (*system.operators, *lab.operators))


def state_folder(spec: Path, system: str) -> Path:
    """Where a system's CA, keys and secrets are kept: beside its spec."""
    return spec.resolve().parent / ".holdfast" / system


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """The one way into the acting half. Ctrl-C and SIGTERM cancel the work, so that what it
    injected is healed on the way out; a second SIGTERM ends the process at once."""

    async def cancellable() -> T:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()

        def terminate() -> None:
            loop.remove_signal_handler(signal.SIGTERM)
            if task is not None:
                task.cancel()

        loop.add_signal_handler(signal.SIGTERM, terminate)
        return await work

    try:
        return asyncio.run(cancellable())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None

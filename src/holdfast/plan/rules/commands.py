"""A service's command must be one that a shell would understand, without being one."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from string import Formatter

from holdfast.finding import Finding
from holdfast.plan.inventory import Inventory
from holdfast.spec.model import System

PLACEHOLDERS = ("address", "port", "instance", "host")


def check(system: System, inventory: Inventory) -> Iterator[Finding]:
    for name, service in system.services.items():
        for message, hint in _problems(service.run):
            yield Finding.error(
                "commands-run", f"{name}: {message}", hint, ("services", name, "run")
            )


def _problems(run: str) -> Iterator[tuple[str, str]]:
    try:
        if not shlex.split(run):
            yield "the command is empty", "write the program and its arguments"
    except ValueError as error:
        yield f"the command cannot be split: {error}".lower(), "close the quotes"
    try:
        asked = [field for _, field, _, _ in Formatter().parse(run) if field is not None]
    except ValueError as error:
        yield f"the command has a stray brace: {error}".lower(), "write {{ and }} for plain braces"
        return
    for field in asked:
        if field not in PLACEHOLDERS:
            known = ", ".join(f"{{{one}}}" for one in PLACEHOLDERS)
            yield f"{{{field}}} is not filled in", f"known are {known}; plain braces are {{{{ }}}}"

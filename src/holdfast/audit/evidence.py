"""What drills have shown so far: from the verdict.json files of earlier runs to elements of the
graph. Reads files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdfast.audit.draw import link, process
from holdfast.drill.victims import unit_named
from holdfast.errors import InputError
from holdfast.plan.model import Plan


@dataclass(frozen=True)
class Shown:
    """`verdict`: held, broken or unknown. `run`: which folder says so."""

    drill: str
    verdict: str
    started_at: str
    run: str


def shown(plan: Plan, runs: Path) -> dict[str, Shown]:
    """The newest drill of each element of this system. What cannot be read shows nothing."""
    found: dict[str, Shown] = {}
    for path, told in sorted(_verdicts(runs), key=lambda item: str(item[1].get("started_at"))):
        name = element(plan, told)
        if name is not None:
            found[name] = Shown(
                str(told["drill"]), str(told["verdict"]), str(told["started_at"]), str(path.parent)
            )
    return found


def element(plan: Plan, told: Mapping[str, Any]) -> str | None:
    """What a verdict is about; None for another system, or what is no loss of one element."""
    host = told.get("victim_host")
    if told.get("system") != plan.system or host not in {h.name for h in plan.hosts}:
        return None
    if not {"drill", "verdict", "started_at", "victim"} <= set(told):
        return None
    match told["drill"]:
        case "power-off":
            return str(host)
        case "link-cut":
            return link(str(host))
        case "kill" | "freeze":
            return _process(plan, str(host), str(told["victim"]))
    return None


def _process(plan: Plan, host: str, victim: str) -> str | None:
    try:
        unit = unit_named(victim, plan)
    except InputError:
        return None
    return None if unit is None else process(host, unit)


def _verdicts(runs: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for path in _files(runs):
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(told, dict):
            yield path, told


def _files(runs: Path) -> Iterable[Path]:
    """`latest` leads to a run that is there anyway."""
    return (path for path in runs.rglob("verdict.json") if path.parent.name != "latest")

"""What to change in the timers, on a terminal, for programs, and as a block for the spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from holdfast.converge.model.stability import chance
from holdfast.converge.model.tune import Advice, Aim, AnyTimers, Point, Step
from holdfast.report.prediction.terminal import seconds, table_of
from holdfast.timers.change import named
from holdfast.timers.cluster import profiles as clusters
from holdfast.timers.cluster.model import ClusterTimers
from holdfast.timers.profiles import PROFILES

_PROFILE = "profile"


def terminal(advice: Advice, aim: Aim) -> RenderableType:
    return Group(
        Text(promised(advice, aim), style="bold"),
        Text("Step by step, each with those before it:"),
        Padding(_steps(advice, aim), (0, 0, 1, 2)),
        *_front(advice, aim),
    )


def promised(advice: Advice, aim: Aim) -> str:
    wanted = ", ".join(f"{key} within {most:g} s" for key, most in aim.objectives.items())
    return f"{wanted} ({aim.rank}): {'reached' if advice.reached else 'out of reach'}"


def _steps(advice: Advice, aim: Aim) -> Table:
    table = table_of("turn", *aim.objectives, "false/year", "cores", "change")
    table.add_row("as it is", *figures(advice.start, aim), broken(advice.start))
    for step in advice.steps:
        table.add_row(step.knob, *figures(step.point, aim), changes(step))
    return table


def changes(step: Step) -> str:
    return " ".join(f"{name}={value}" for name, value in step.values.items())


def _front(advice: Advice, aim: Aim) -> Iterator[RenderableType]:
    if not advice.front:
        return
    yield Text("What else would do; none is better than another in everything:")
    table = table_of("changes", *aim.objectives, "false/year", "cores", "against the above")
    for point in advice.front:
        table.add_row(str(len(point.turns)), *figures(point, aim), against(point, advice.end))
    yield Padding(table, (0, 0, 1, 2))


def against(point: Point, end: Point) -> str:
    """What differs from the smallest change."""
    mine, theirs = named(point.timers), named(end.timers)
    other = [f"{name}={mine[name]}" for name in mine if mine[name] != theirs[name]]
    return " ".join(other) or "the above"


def figures(point: Point, aim: Aim) -> Iterator[str]:
    yield from (seconds(point.waits[key]) for key in aim.objectives)
    yield f"{point.false_per_year:.3g}"
    yield f"{point.cost.cores:.2f}"


def broken(point: Point) -> str:
    return f"breaks {', '.join(point.broken)}" if point.broken else ""


def block(timers: AnyTimers) -> dict[str, Any]:
    """`timers` as a spec has them: a profile, and what differs from it."""
    cluster = isinstance(timers, ClusterTimers)
    profiles: Mapping[str, AnyTimers] = clusters.PROFILES if cluster else PROFILES
    name = timers.profile.partition(",")[0]
    if name not in profiles:
        name = min(profiles, key=lambda each: len(_differing(timers, profiles[each])))
    values = _differing(timers, profiles[name])
    told: dict[str, Any] = {_PROFILE: name, "values": values} if values else {_PROFILE: name}
    return {"cluster": {"timers": told}} if cluster else {"timers": told}


def _differing(timers: AnyTimers, profile: AnyTimers) -> dict[str, Any]:
    theirs = named(profile)
    mine = named(timers).items()
    return {name: v for name, v in mine if name != _PROFILE and v != theirs[name]}


def text(timers: AnyTimers) -> str:
    """The block as YAML."""
    return yaml.safe_dump(block(timers), sort_keys=False, default_flow_style=False)


def document(advice: Advice, aim: Aim) -> dict[str, Any]:
    """Keys are only ever added. Seconds; null for what may never come."""
    return {
        "reached": advice.reached,
        "objectives": dict(aim.objectives),
        "rank": aim.rank,
        "start": _point(advice.start),
        "steps": [
            {"turn": step.knob, "values": dict(step.values), **_point(step.point)}
            for step in advice.steps
        ],
        "front": [{**_point(point), "timers": block(point.timers)} for point in advice.front],
        "timers": block(advice.end.timers),
    }


def _point(point: Point) -> dict[str, Any]:
    waits = point.waits.items()
    return {
        "seconds": {key: None if s == float("inf") else round(s, 4) for key, s in waits},
        "false_failovers_per_year": point.false_per_year,
        "chance_of_one_per_year": chance(point.false_per_year),
        "messages_per_second": round(point.cost.messages, 2),
        "writes_per_second": round(point.cost.writes, 2),
        "cores": round(point.cost.cores, 4),
        "rules_broken": list(point.broken),
    }

"""Every drill that makes sense on a system, one after the other. Pure.

Every kind of process is killed where it matters, and frozen where a frozen one is another failure
than a dead one; every primary is handed over; every host loses its power and its link.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from holdfast.drill.kinds import FREEZE, HANDOVER, KILL, LINK_CUT, POWER_OFF
from holdfast.drill.verdict import Verdict, worst
from holdfast.plan.model import Plan

_PROCESS_S, _HOST_S = 25, 60
"""What a drill takes, roughly: gate, baseline, watching, and until the system is as it was. A host
has to boot, and to catch up."""

_EDGE = ("gateway", "addresses")
_CORE = ("steward", "membership")


@dataclass(frozen=True)
class Stop:
    """One drill of the tour. `takes_s` is what to expect, in seconds."""

    drill: str
    victim: str
    takes_s: int


@dataclass(frozen=True)
class Visited:
    """What came of a stop. `outages`: by user-visible path, seconds [low, high] of the worst entry
    point that was not excused; None where it was not measured or did not end. `lost` is None where
    nobody knows. `run` is the run's folder, "" where none was made."""

    number: int
    drill: str
    victim: str
    verdict: Verdict
    why: str
    outages: Mapping[str, tuple[float, float] | None]
    lost: int | None
    run: str


def tour(plan: Plan) -> tuple[Stop, ...]:
    """The stops, the gentle ones first."""
    return tuple(_stops(plan))


def _stops(plan: Plan) -> Iterator[Stop]:
    for store in plan.stores:
        yield Stop(HANDOVER, f"primary:{store}", _PROCESS_S)
    for service in plan.services:
        for drill in (KILL, FREEZE):
            yield Stop(drill, f"service:{service.name}/1", _PROCESS_S)
    for part in (*_EDGE, *_CORE) if plan.vips else _CORE:
        for drill in (KILL, FREEZE):
            yield Stop(drill, part, _PROCESS_S)
    for store in plan.stores:
        yield Stop(KILL, f"replica:{store}", _PROCESS_S)
        for drill in (KILL, FREEZE):
            yield Stop(drill, f"primary:{store}", _PROCESS_S)
    for host in plan.hosts:
        if host.fence.lab:
            yield Stop(LINK_CUT, host.name, _HOST_S)
            yield Stop(POWER_OFF, host.name, _HOST_S)


def visited(number: int, stop: Stop, verdict: Mapping[str, Any], run: str) -> Visited:
    """From a run's verdict.json."""
    lost = [probe["lost"] for probe in verdict["probes"].values()]
    return Visited(
        number=number,
        drill=stop.drill,
        victim=stop.victim,
        verdict=Verdict(verdict["verdict"]),
        why=_why(verdict),
        outages=_outages(verdict["probes"]),
        lost=None if None in lost else sum(lost),
        run=run,
    )


def missed(number: int, stop: Stop, why: str) -> Visited:
    """A stop at which nothing could be drilled: nobody knows."""
    return Visited(number, stop.drill, stop.victim, Verdict.UNKNOWN, why, {}, None, "")


def _why(verdict: Mapping[str, Any]) -> str:
    """The reasons that decided; of a held one, when it was healthy again."""
    if verdict["verdict"] == Verdict.HELD:
        return str(verdict["recovery"]["why"])
    counting = (probe for probe in verdict["probes"].values() if not probe["excused"])
    judged = [*counting, verdict["recovery"]]
    said = [each["why"] for each in judged if each["verdict"] == verdict["verdict"]]
    return "; ".join(dict.fromkeys(said)) or "it was ended early"


def _outages(probes: Mapping[str, Any]) -> dict[str, tuple[float, float] | None]:
    found: dict[str, tuple[float, float] | None] = {}
    for probe in probes.values():
        if probe["excused"]:
            continue
        group, interval = probe["group"], probe["outage_s"]
        before = found.get(group, (0.0, 0.0))
        if interval is None or before is None:
            found[group] = None
        else:
            found[group] = max(before, (interval[0], interval[1]), key=lambda each: each[1])
    return found


def overall(stops: Sequence[Stop], done: Sequence[Visited]) -> Verdict:
    """Of the whole tour; stops that were not reached are unknown."""
    left = [Verdict.UNKNOWN] * (len(stops) - len(done))
    return worst([*(each.verdict for each in done), *left])


def document(stops: Sequence[Stop], done: Sequence[Visited]) -> dict[str, Any]:
    """tour.json: keys are only ever added."""
    verdicts = [each.verdict for each in done]
    return {
        "verdict": overall(stops, done).value,
        **{verdict.value: verdicts.count(verdict) for verdict in Verdict},
        "not_reached": len(stops) - len(done),
        "stops": [asdict(stop) for stop in stops],
        "visited": [asdict(each) for each in done],
    }


def read(document: Mapping[str, Any]) -> tuple[tuple[Stop, ...], tuple[Visited, ...]]:
    """Back from tour.json. Raises KeyError, TypeError or ValueError for anything else."""
    stops = tuple(Stop(**stop) for stop in document["stops"])
    return stops, tuple(_read(each) for each in document["visited"])


def _read(said: Mapping[str, Any]) -> Visited:
    outages = {
        group: None if interval is None else (interval[0], interval[1])
        for group, interval in said["outages"].items()
    }
    return Visited(**{**said, "verdict": Verdict(said["verdict"]), "outages": outages})

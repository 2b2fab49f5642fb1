"""Kept runs as cases to hold the model against: what was lost, under which timers, and what was
seen of it. Drills of machines and power cuts of a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf, isinf
from typing import Any, TypeVar, get_args

from pydantic import BaseModel

from holdfast.converge import kinds
from holdfast.converge.cut import Cut
from holdfast.converge.explain import Explained, explain
from holdfast.converge.model import access, cluster, machines
from holdfast.converge.model.compare import Case, Figure
from holdfast.converge.model.machines import Drill, Engine
from holdfast.converge.model.pace import MachinesPace
from holdfast.converge.model.story import Story
from holdfast.converge.phases import Course, State
from holdfast.drill.measure import Measurement, Outage, measure
from holdfast.drill.phases import phases
from holdfast.drill.timeline import FAULT, HEALED, Header, Timeline
from holdfast.timers.change import changed, named
from holdfast.timers.cluster.profiles import PROFILES as CLUSTERS
from holdfast.timers.profiles import PROFILES

M = TypeVar("M", bound=BaseModel)

_LATE_S = 1.0
"""A stall of ours from which on questions may miss their deadline, and for how long after it."""

_ASKED_S = 2.0
"""So long is a call waited for (stage.py)."""

_STARVED = 0.05
"""Of a time, the share of such stalls with which it tells nothing."""

_STILL_S = 12.0
"""Longer than a client of Kubernetes waits for a connection: whoever was lost so shortly before the
end of the watch is no sign that it was the last."""

_LED: dict[str, access.Part] = {
    kinds.ETCD_LEADER: "etcd",
    kinds.CONTROLLER_MANAGER: "controllers",
    kinds.SCHEDULER: "scheduler",
}


@dataclass
class _Gathered:
    story: Story
    waits: dict[str, list[Figure]] = field(default_factory=dict)
    phases: dict[str, list[Figure]] = field(default_factory=dict)

    def add(self, waits: Mapping[str, Figure], took: Mapping[str, float]) -> None:
        for key, figure in waits.items():
            self.waits.setdefault(key, []).append(figure)
        for name, seconds in took.items():
            self.phases.setdefault(name, []).append(Figure(seconds, seconds))


def cases(runs: Iterable[Timeline]) -> tuple[list[Case], int]:
    """Runs of one kind together, and how many tell of nothing that the model knows."""
    found: dict[str, _Gathered] = {}
    unknown = 0
    for run in runs:
        known = _cut(run, found) if run.header.endpoint else _drill(run, found)
        unknown += not known
    told = [Case(name, each.story, each.waits, each.phases) for name, each in found.items()]
    return told, unknown


def _drill(run: Timeline, found: dict[str, _Gathered]) -> bool:
    """Each datastore that lost its primary is a case of its own."""
    header, known = run.header, False
    if header.drill not in get_args(Drill):
        return False
    stores = _stores(header)
    drill: Any = header.drill
    for number, name in enumerate(stores):
        engine, reached = _engine(header, name), phases(run, name)
        if engine is None or not reached:
            continue
        alone = len({store.partition("/")[0] for store in stores}) == 1
        pace = MachinesPace(every=_every(header, f"{engine} {name}"))
        timers = _timers(PROFILES, header)
        loss = machines.Loss(timers, drill, engine, alone, _hosts(header), pace)
        told = machines.story(loss)
        gathered = found.setdefault(told.title, _Gathered(told))
        seen = _seen(run, engine, name) if reached[-1].name == "acknowledged" else {}
        if number:
            # It is one and the same address, however many stores its host led.
            seen.pop("edge", None)
        gathered.add(seen, {p.name: p.took_s for p in reached})
        known = True
    return known


def _hosts(header: Header) -> int:
    return len(header.offsets) or 3


def _every(header: Header, group: str) -> float:
    """How often the probes of a group ask."""
    own = [header.periods[probe] for probe, of in header.groups.items() if of == group]
    return min(own, default=MachinesPace().every)


def _engine(header: Header, name: str) -> Engine | None:
    """Its probes say it in their first word."""
    for engine in get_args(Engine):
        if f"{engine} {name}" in header.groups.values():
            known: Engine = engine
            return known
    return None


def _stores(header: Header) -> tuple[str, ...]:
    """The victim, or all that the victim's host was the primary of."""
    role, _, name = header.victim.partition(":")
    if role in ("primary", "writer", "shard"):
        return (name,)
    was = (each for each in header.was.split(", ") if each.startswith("primary of "))
    return tuple(each.removeprefix("primary of ") for each in was)


def _seen(run: Timeline, engine: Engine, name: str) -> dict[str, Figure]:
    """The worst surviving client of each kind."""
    header = run.header
    groups = {"write": f"{engine} {name}", "service": f"https /api/{name}", "edge": "https /"}
    measured, waits = measure(run), {}
    for key, group in groups.items():
        own = [m for m in measured if header.groups.get(m.probe) == group and not m.excused]
        found = [outage for m in own if (outage := _outage(m, run)) is not None]
        if found:
            worst = max(found, key=_high)
            waits[key] = Figure(worst.low, _high(worst))
    return waits


def _outage(measured: Measurement, run: Timeline) -> Outage | None:
    """The longest one of the fault, not of the host's return."""
    healed = run.moment(HEALED)
    every = [*measured.outages, *([measured.outage] if measured.outage else [])]
    own = [o for o in every if o.high is not None and (healed is None or o.began < healed)]
    return max(own, key=_high, default=None)


def _high(outage: Outage) -> float:
    return outage.high or 0.0


def _cut(run: Timeline, found: dict[str, _Gathered]) -> bool:
    header = run.header
    if run.moment(FAULT) is None or run.moment(HEALED) is None:
        return False
    seen = explain(run)
    place, _, balancer = header.endpoint.partition(" ")
    led = frozenset(_LED[was] for was in header.was.split(", ") if was in _LED)
    where: Any = place
    what: Any = balancer or "haproxy"
    design = access.Design(
        _timers(CLUSTERS, header), where, what, led, agent=header.node_agent, hung=_hung(run, led)
    )
    told = cluster.story(design)
    gathered = found.setdefault(told.title, _Gathered(told))
    blind = _Blind(run)
    gathered.add(_answers(seen, blind), _took(seen, blind))
    return True


def _hung(run: Timeline, led: frozenset[access.Part]) -> frozenset[access.Part]:
    """Whose lease another took, although its leader lived: one that hung on the lost API server."""
    cut = Cut(run)
    lost = {name: part for name, part in _LED.items() if name in kinds.LEASES.values()}
    taken = {part for name, part in lost.items() if cut.said(kinds.LEASE, kinds.TAKEN, about=name)}
    return frozenset(part for part in taken if part not in led)


class _Blind:
    """When we ourselves had no processor for so long that it may be we who were late."""

    def __init__(self, run: Timeline) -> None:
        zero = run.moment(FAULT) or 0.0
        found = ((end - zero, end - start) for start, end in run.stalls)
        self._stalls = [(at, took) for at, took in found if took >= _LATE_S]

    def at(self, seconds: float) -> bool:
        """Questions that ended then tell of us."""
        return any(at - took <= seconds <= at + _LATE_S for at, took in self._stalls)

    def before(self, seconds: float) -> bool:
        """So much of this time that the machine was another one."""
        return sum(took for at, took in self._stalls if 0 < at <= seconds) > _STARVED * seconds


def _answers(seen: Explained, blind: _Blind) -> dict[str, Figure]:
    """What the model has a word for, and the watch saw the end of."""
    first = seen.answered_s.get(kinds.KUBECTL)
    evicted = next(p for p in seen.service.phases if p.name == "its pod is evicted")
    moved = evicted.at_s is not None
    unknown = seen.tail is not None and seen.tail.last_s is not None and blind.at(seen.tail.last_s)
    found = {
        "api": first,
        "calls": None if unknown else _last_lost(seen) or first,
        "node": _reached(seen.service, "the node is NotReady"),
        # A pod that sat elsewhere was never gone.
        "pod": seen.service.total_s if moved else None,
    }
    known = ((key, at) for key, at in found.items() if at is not None)
    told = {key: Figure(at, at) for key, at in known if isinf(at) or not blind.before(at)}
    lost = told.get("calls")
    if lost is not None and first is not None and lost.high > first:
        # The last question that was lost was asked some time before it was given up.
        told["calls"] = Figure(max(first, lost.low - _ASKED_S), lost.high)
    return told


def _last_lost(seen: Explained) -> float | None:
    """When the last new connection was lost, and the balancer had given the dead one up; None when
    none was lost after the first answer, infinity when that went on to the end of the watch."""
    if seen.tail is None or seen.tail.last_s is None:
        return None
    if seen.api.watched_s - seen.tail.last_s < _STILL_S:
        return inf
    down = _reached(seen.api, "the balancer gives the dead one up")
    return max(seen.tail.last_s, down or 0.0)


def _reached(course: Course, name: str) -> float | None:
    return next((p.at_s for p in course.phases if p.name == name), None)


def _took(seen: Explained, blind: _Blind) -> dict[str, float]:
    found: dict[str, float] = {}
    for phase in seen.service.phases:
        ended = phase.state is State.ENDED and phase.at_s is not None
        if ended and phase.took_s is not None and not blind.before(phase.at_s or 0.0):
            found[phase.name] = phase.took_s
    return found


def _timers(profiles: Mapping[str, M], header: Header) -> M:
    """As the run had them: its profile's, and what its header says besides."""
    base = profiles.get(header.timers.partition(",")[0]) or next(iter(profiles.values()))
    known = named(base)
    values = {
        name: type(known[name])(value) if known[name] is not None else round(value)
        for name, value in header.timer_values.items()
        if name in known and not isinstance(known[name], str)
    }
    changes = {name: value for name, value in values.items() if value != known[name]}
    return changed(base, changes)

"""Cuts on paper: a cluster whose every moment is known, so that what is explained can be held
against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from holdfast.converge import kinds
from holdfast.drill.timeline import (
    DRILL,
    FAULT,
    HEALED,
    Event,
    Header,
    Line,
    Outcome,
    Sample,
    Timeline,
)

ZERO = 1000.0
VICTIM, SURVIVORS = "n1", ("n2", "n3")
ALL_LEADERS = f"{kinds.ETCD_LEADER}, {kinds.CONTROLLER_MANAGER}, {kinds.SCHEDULER}"

Said = tuple[str, str, str, str]
"""Source, kind, host, about."""

QUIET: Mapping[Said, float] = {
    ("haproxy", "down", "n2", "apiservers/n1"): 0.8,
    ("haproxy", "down", "n3", "apiservers/n1"): 0.9,
    ("etcd", "elected", "n2", ""): 0.7,
    ("lease", "taken", "n3", "controller-manager"): 3.2,
    ("lease", "taken", "n2", "scheduler"): 3.0,
    ("controller-manager", "running", "n3", ""): 4.3,
    ("node", "lost", "", "n1"): 8.5,
    ("node", "tainted", "", "n1"): 8.6,
    ("pod", "deleting", "n1", "solo"): 8.7,
    ("pod", "created", "", "solo"): 8.8,
    ("pod", "scheduled", "n2", "solo"): 8.9,
    ("pod", "running", "n2", "solo"): 9.9,
    ("pod", "ready", "n2", "solo"): 10.2,
    ("endpoints", "added", "n2", "solo"): 10.3,
    ("kube-proxy", "added", "n2", "solo"): 10.4,
    ("kube-proxy", "added", "n3", "solo"): 10.5,
}
"""Fast timers, everything led on the victim. Seconds after the cut."""

PROBES = {
    "kubectl via n2": (kinds.KUBECTL, 0.8, 0.5),
    "kubectl via n3": (kinds.KUBECTL, 0.8, 0.5),
    "api via n2": (kinds.API, 0.75, 0.2),
    "solo clusterip on n2": ("solo clusterip", 10.6, 0.1),
    "solo clusterip on n3": ("solo clusterip", 10.7, 0.1),
    "test-service clusterip on n2": ("test-service clusterip", 0.0, 0.1),
}
"""Group, when it is served again, and its period, in seconds."""


def timeline(
    said: Mapping[Said, float] = QUIET,
    served: Mapping[str, float] | None = None,
    was: str = ALL_LEADERS,
    watched: float = 15.0,
    agent: bool = False,
    extra: tuple[Line, ...] = (),
) -> Timeline:
    """`served` changes when a probe is served again."""
    lines: list[Line] = [_header(was, agent)]
    lines += _events(said, watched)
    for name, (_, at, period) in PROBES.items():
        lines += _samples(name, (served or {}).get(name, at), period, watched)
    return Timeline.of([*lines, *extra])


def without(*sources: str) -> dict[Said, float]:
    """QUIET, in which these parts say nothing."""
    return {key: at for key, at in QUIET.items() if key[0] not in sources}


def sample(probe: str, sent: float, done: float, outcome: Outcome) -> Sample:
    """Seconds after the cut."""
    return Sample(
        probe=probe, intended=ZERO + sent, sent=ZERO + sent, done=ZERO + done, outcome=outcome
    )


def _header(was: str, agent: bool) -> Header:
    return Header(
        drill="power-off",
        victim=VICTIM,
        victim_host=VICTIM,
        was=was,
        system="paper",
        timers="fast",
        endpoint="per-node haproxy",
        node_agent=agent,
        started_at=ZERO - 5,
        objectives={},
        periods={name: period for name, (_, _, period) in PROBES.items()},
        groups={name: group for name, (group, _, _) in PROBES.items()},
        timer_values={"etcd.election_ms": 500, "controller_manager.grace_ms": 4000},
    )


def _events(said: Mapping[Said, float], watched: float) -> Iterator[Event]:
    yield Event(at=ZERO, source=DRILL, kind=FAULT, host=VICTIM)
    for (source, kind, host, about), at in said.items():
        detail = "unreachable:NoExecute" if kind == kinds.TAINTED else ""
        yield Event(at=ZERO + at, source=source, kind=kind, host=host, about=about, detail=detail)
    yield Event(at=ZERO + watched, source=DRILL, kind=HEALED)


def _samples(name: str, served: float, period: float, watched: float) -> Iterator[Sample]:
    """Questions fail at once until the probe is served, which is good at once from then on."""
    for number in range(int((watched + 2) / period)):
        at = -2 + number * period
        good = at < 0 or at >= served
        yield sample(name, at, at + 0.01, Outcome.OK if good else Outcome.FAIL)

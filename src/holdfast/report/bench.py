"""Many drills as one page: how the figures spread, not one lucky run. Reads verdict.json's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from holdfast.drill.timeline import STALLED, stalled_s

ENOUGH = 9_000
"""Requests; of ten thousand, a few may be missing at the end of a run."""

Verdicts = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Spread:
    """Of at least one figure."""

    figures: tuple[float, ...]

    def __str__(self) -> str:
        return f"{min(self.figures):.2f} | **{median(self.figures):.2f}** | {max(self.figures):.2f}"

    @property
    def median(self) -> float:
        return median(self.figures)


@dataclass(frozen=True)
class Batch:
    """Drills of one kind under one profile of timers."""

    drill: str
    timers: str
    runs: Verdicts

    @property
    def title(self) -> str:
        return f"{self.drill}, timers: {self.timers}"

    def outages(self) -> dict[str, Spread]:
        """By group of probes: each run's worst surviving entry point, upper end of the interval.
        A run in which one was not measured, or did not end, counts as infinity."""
        found: dict[str, list[float]] = {}
        for run in self.runs:
            worst: dict[str, float] = {}
            for name, probe in run["probes"].items():
                if not probe["excused"]:
                    group = probe.get("group", name)
                    interval = probe["outage_s"]
                    seconds = interval[1] if interval else float("inf")
                    worst[group] = max(worst.get(group, 0.0), seconds)
            for group, seconds in worst.items():
                found.setdefault(group, []).append(seconds)
        return {group: Spread(tuple(figures)) for group, figures in found.items()}

    def phases(self) -> dict[str, Spread]:
        """Seconds after the fault, by milestone."""
        found: dict[str, list[float]] = {}
        for run in self.runs:
            for phase in run["phases"]:
                found.setdefault(phase["name"], []).append(phase["at_s"])
        ordered = sorted(found.items(), key=lambda item: median(item[1]))
        return {name: Spread(tuple(figures)) for name, figures in ordered}

    def total(self, count: str) -> int | None:
        """Sum over all probes of all runs; None when one of them is not known."""
        figures = [probe[count] for run in self.runs for probe in run["probes"].values()]
        return None if None in figures else sum(figures)

    def roles(self) -> str:
        """What the victims did before, where they were chosen as hosts; how often, if not once."""
        counts = Counter(run.get("was") or "nothing" for run in self.runs if _host(run))
        return "; ".join(f"{was} ({count} x)" for was, count in counts.items())

    def verdicts(self) -> str:
        words = [run["verdict"] for run in self.runs]
        return ", ".join(
            f"{words.count(word)} {word}" for word in ("held", "broken", "unknown") if word in words
        )


def batches(verdicts: Iterable[Mapping[str, Any]]) -> list[Batch]:
    """Put drills of one kind together, in the order of their first run."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for verdict in sorted(verdicts, key=lambda v: str(v["started_at"])):
        label = f"{verdict['drill']} {_kind(verdict)}"
        found.setdefault((label, verdict["timers"]), []).append(verdict)
    return [Batch(drill, timers, tuple(runs)) for (drill, timers), runs in found.items()]


def _kind(verdict: Mapping[str, Any]) -> str:
    """Hosts are alike: what one of them did when it was lost is told beside the figures."""
    return "of a host" if _host(verdict) else str(verdict["victim"])


def _host(verdict: Mapping[str, Any]) -> bool:
    return bool(verdict["victim"] == verdict.get("victim_host"))


def page(
    verdicts: Iterable[Mapping[str, Any]],
    soaks: Sequence[Mapping[str, Any]] = (),
    loads: Sequence[Mapping[str, Any]] = (),
) -> str:
    """docs/benchmarks.md. A soak has started_at, timers, minutes, busy (processes), load, and under
    `elections` and `views` how many there were of them without any fault; with requests beside it,
    also `rate`, `asked`, `failed` and `unanswered`. `loads` are load.json's."""
    found = batches(verdicts)
    each = (line for batch in found for line in _batch(batch))
    return "\n".join((*_head(found), *each, *_ratio(found), *_soaks(soaks), *_evenness(loads)))


def _head(found: Sequence[Batch]) -> Iterator[str]:
    runs = [run for batch in found for run in batch.runs]
    yield "# Benchmarks"
    yield ""
    yield "Written by `scripts/bench`, which repeats drills and keeps every run. Seconds are what"
    yield "clients saw: of each run the worst surviving entry point, and the upper end of its"
    yield "interval. Best, **median** and worst over the runs. Kubernetes clusters have a page of"
    yield "[their own](benchmarks-clusters.md)."
    yield ""
    if runs:
        yield f"- from {runs[0]['started_at']} to {max(run['started_at'] for run in runs)}"
        for name, values in _facts(runs).items():
            yield f"- {name}: {values}"
        yield ""


def _facts(runs: Verdicts) -> dict[str, str]:
    """What the runs say of their machine; loads as a range, the rest as it is."""
    names = dict.fromkeys(name for run in runs for name in run["machine"])
    facts = {}
    for name in names:
        values = [run["machine"][name] for run in runs if name in run["machine"]]
        if name == "load":
            loads = sorted(map(float, values))
            facts["load average before the drills"] = f"{loads[0]:.1f} to {loads[-1]:.1f}"
        else:
            facts[name] = ", ".join(dict.fromkeys(values))
    return facts


def _stalls(runs: Verdicts) -> Iterator[str]:
    """The upper end of an outage holds the time in which we could not ask, too."""
    longest = [
        max((stalled_s(e["detail"]) for e in run["events"] if e["kind"] == STALLED), default=0.0)
        for run in runs
    ]
    if stalled := [each for each in longest if each]:
        yield f"In {len(stalled)} of the runs the probes had no processor for a while themselves,"
        yield f"{max(stalled):.2f} s at most: where an outage went on meanwhile, it may be shorter."


def _batch(batch: Batch) -> Iterator[str]:
    lost, unknown = batch.total("lost"), batch.total("unknown")
    yield f"## {batch.title}"
    yield ""
    yield f"{len(batch.runs)} runs: {batch.verdicts()}. Acknowledged writes lost:"
    yield f"**{'unknown' if lost is None else lost}**. Operations without an answer: {unknown}."
    yield from _stalls(batch.runs)
    yield ""
    yield from _table("out for (s)", batch.outages())
    if roles := batch.roles():
        yield f"What the lost host did before: {roles}."
        yield ""
    if milestones := batch.phases():
        yield from _table("reached after the fault (s)", milestones)


def _table(title: str, rows: Mapping[str, Spread]) -> Iterator[str]:
    yield f"| {title} | best | median | worst |"
    yield "|---|---|---|---|"
    for name, spread in rows.items():
        yield f"| {name} | {spread} |"
    yield ""


def _soaks(soaks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not soaks:
        return
    yield "## Nothing happens"
    yield ""
    yield "A healthy system beside busy processes that never pause. Every election is a false one."
    yield ""
    yield (
        "| timers | minutes | busy processes | load average | elections | changes of view"
        " | requests/s | asked | failed | without an answer |"
    )
    yield f"|{'---|' * 10}"
    for soak in soaks:
        requests = (soak.get(name, "-") for name in ("rate", "asked", "failed", "unanswered"))
        yield (
            f"| {soak['timers']} | {soak['minutes']} | {soak['busy']} | {soak['load']:.1f}"
            f" | {soak['elections']} | {soak['views']} | {' | '.join(map(str, requests))} |"
        )
    yield ""


def _evenness(loads: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Of the runs that asked often enough to tell a percent from chance, the newest."""
    enough = [load for load in loads if load["asked"] >= ENOUGH]
    if not enough:
        return
    load = max(enough, key=lambda load: str(load["started_at"]))
    yield "## How evenly the work is shared"
    yield ""
    yield f"{load['asked']} requests, {load['rate']:g} per second, on {load['started_at']}:"
    yield f"{load['failed']} failed, {load['unknown']} without an answer; {load['verdict']}."
    yield ""
    yield "| shared by | members | busiest above the mean | chance | promised | verdict |"
    yield "|---|---|---|---|---|---|"
    for name, layer in load["layers"].items():
        members = len(layer["seen"] or layer["counted"] or {})
        promised = "-" if layer["limit"] is None else f"{layer['limit']:.1%}"
        above = "unknown" if layer["excess"] is None else f"{layer['excess']:.2%}"
        verdict = "shown only" if layer["limit"] is None else layer["verdict"]
        yield f"| {name} | {members} | {above} | {layer['p']:.3f} | {promised} | {verdict} |"
    yield ""


def _ratio(found: Sequence[Batch]) -> Iterator[str]:
    """What the timers are worth: stock against each other profile, same drill."""
    rows = [
        (batch, stock)
        for stock in found
        for batch in found
        if stock.timers == "stock" and batch.timers != "stock" and batch.drill == stock.drill
    ]
    if not rows:
        return
    yield "## What the timers are worth"
    yield ""
    yield "| drill | what | stock, median (s) | here, median (s) | times faster |"
    yield "|---|---|---|---|---|"
    for batch, stock in rows:
        theirs = stock.outages()
        for group, spread in batch.outages().items():
            if group in theirs and spread.median:
                slow = theirs[group].median
                yield (
                    f"| {batch.title} | {group} | {slow:.2f} | {spread.median:.2f}"
                    f" | {slow / spread.median:.1f} |"
                )
    yield ""

"""keepalived pairs that do not take over, or take over from a good one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from holdfast.converge.imported.reading import Fact, Reading
from holdfast.converge.imported.values import Imported
from holdfast.finding import Finding, Severity

_PREFIX = "keepalived.instance."
_SCRIPT = "keepalived.script."


def check(seen: Imported, objectives: Mapping[str, float]) -> Iterator[Finding]:
    instances = [each for reading in seen.readings for each in _instances(reading)]
    for facts in instances:
        yield from _single(facts)
    for reading in seen.readings:
        yield from _scripts(reading, objectives)
    same: defaultdict[object, list[Mapping[str, Fact]]] = defaultdict(list)
    for facts in instances:
        if "virtual_router_id" in facts:
            same[facts["virtual_router_id"].value].append(facts)
    for pair in same.values():
        yield from _pair(pair)


def _instances(reading: Reading) -> Iterator[dict[str, Fact]]:
    """The facts of each instance, by key; the instance itself under ""."""
    names = [str(fact.value) for fact in reading.facts if fact.name == f"{_PREFIX}{fact.value}"]
    for name in names:
        prefix = f"{_PREFIX}{name}"
        yield {
            fact.name.removeprefix(prefix).lstrip("."): fact
            for fact in reading.facts
            if fact.name == prefix or fact.name.startswith(f"{prefix}.")
        }


def _single(facts: Mapping[str, Fact]) -> Iterator[Finding]:
    if "tracks" not in facts:
        yield Finding(
            "vrrp-untracked",
            Severity.WARNING,
            f"{facts[''].value} tracks nothing: the address stays on a host whose balancer is dead",
            "track_process or track_script the balancer that answers at the address",
            where=facts[""].where,
        )
    state = facts.get("state")
    if "nopreempt" in facts and state and state.value == "MASTER":
        yield Finding(
            "vrrp-nopreempt",
            Severity.WARNING,
            "nopreempt does nothing in an instance that begins as MASTER",
            "begin as BACKUP on every host; the priority decides",
            where=facts["nopreempt"].where,
        )


def _scripts(reading: Reading, objectives: Mapping[str, float]) -> Iterator[Finding]:
    """keepalived.conf(5), vrrp_script: `fall` failures in a row, one each `interval`."""
    objective = min(objectives[time] for time in ("calls", "edge"))
    for fact in reading.facts:
        if fact.name.startswith(_SCRIPT) and fact.name.endswith(".interval_ms"):
            prefix = fact.name.removesuffix("interval_ms")
            fall = next(reading.named(f"{prefix}fall"), None)
            fails = fall.value if fall and isinstance(fall.value, int) else 1
            seconds = fails * float(fact.value or 0) / 1000
            if seconds > objective:
                yield Finding(
                    "vrrp-script",
                    Severity.WARNING,
                    f"{fact.text}, {fall.text if fall else 'fall 1'}: a host whose balancer has "
                    f"died keeps the address for {seconds:g} s; the objective is {objective:g} s",
                    "interval 1 and fall 2, or track_process",
                    where=fact.where,
                )


def _pair(pair: Sequence[Mapping[str, Fact]]) -> Iterator[Finding]:
    """Of instances with one router id, in different files."""
    if len({facts[""].where.file for facts in pair}) < 2:
        return
    taken: dict[object, Fact] = {}
    for facts in pair:
        if not (priority := facts.get("priority")):
            continue
        if first := taken.get(priority.value):
            yield Finding(
                "vrrp-priority",
                Severity.WARNING,
                f"{priority.text} is also that of {first.where}: both would take the address at "
                "the same moment",
                "give each host a priority of its own",
                where=priority.where,
            )
        taken.setdefault(priority.value, priority)

"""Timers that cannot meet the objective, above all the one that decides the tail."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from holdfast.converge.imported.tail import HAPROXY, Tail, Wait, tails
from holdfast.converge.imported.values import Imported
from holdfast.finding import Finding, Severity


def check(seen: Imported, objectives: Mapping[str, float]) -> Iterator[Finding]:
    for tail in tails(seen, objectives):
        objective = objectives.get(tail.time, math.inf)
        for wait in tail.waits:
            if wait.part == HAPROXY and wait.seconds > objective:
                yield _checks(tail, wait, objective)
        dominant = tail.dominant
        # What never ends is another finding's, `kept`.
        if objective < tail.seconds < math.inf and dominant.part != HAPROXY:
            yield _dominant(tail, dominant, objective)


def _checks(tail: Tail, wait: Wait, objective: float) -> Finding:
    return Finding(
        "slow-checks",
        Severity.WARNING,
        f"{wait.text}: a dead server stays in rotation for up to {wait.seconds:g} s; the "
        f"objective for {tail.time} is {objective:g} s",
        wait.fix,
        where=wait.where,
    )


def _dominant(tail: Tail, wait: Wait, objective: float) -> Finding:
    return Finding(
        "slow-dominant",
        Severity.WARNING,
        f"{wait.text}: up to {wait.seconds:.4g} of the {tail.seconds:.4g} s that {tail.time} may "
        f"take are for {wait.part}; the objective is {objective:g} s",
        wait.fix,
        where=wait.where,
    )

"""What the files say that costs availability: one finding per file, as in plan/rules.

A check is a pure function of what was read and of the objectives, in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.converge.imported.findings import (
    alone,
    coverage,
    differ,
    fencing,
    forever,
    galera,
    gone,
    kept,
    order,
    quorum,
    remote,
    restart,
    retries,
    sessions,
    shallow,
    slow,
    standby,
    twice,
    unheard,
    vrrp,
)
from holdfast.converge.imported.values import Imported
from holdfast.finding import Finding

FINDINGS = (
    twice,
    kept,
    slow,
    forever,
    retries,
    sessions,
    shallow,
    alone,
    unheard,
    order,
    quorum,
    fencing,
    galera,
    standby,
    coverage,
    vrrp,
    remote,
    gone,
    differ,
    restart,
)


def findings(seen: Imported, objectives: Mapping[str, float]) -> tuple[Finding, ...]:
    """What every check has to say, in the order of files and lines, each once."""
    found = {finding: None for check in FINDINGS for finding in check.check(seen, objectives)}
    return tuple(sorted(found, key=lambda one: (one.where.file, one.where.line, one.code)))

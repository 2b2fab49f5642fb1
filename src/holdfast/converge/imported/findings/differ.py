"""Hosts that should be alike and are not: the slower one decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from holdfast.converge.imported.reading import Fact
from holdfast.converge.imported.values import Imported
from holdfast.finding import Finding, Severity


def check(seen: Imported, objectives: Mapping[str, float]) -> Iterator[Finding]:
    first: dict[str, Fact] = {}
    for fact in seen.facts:
        # Only timers; each part has a RestartSec of its own.
        if fact.name not in seen.values or fact.name.startswith("systemd."):
            continue
        before = first.setdefault(fact.name, fact)
        if before.value != fact.value and before.where.file != fact.where.file:
            yield Finding(
                "differ-hosts",
                Severity.WARNING,
                f"{fact.text} here, but {before.text} in {before.where}",
                "make hosts alike; the slower value is reckoned with",
                where=fact.where,
            )

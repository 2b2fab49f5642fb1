"""A component that is not started again after it has died."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from holdfast.converge.imported.values import Imported
from holdfast.finding import Finding, Severity


def check(seen: Imported, objectives: Mapping[str, float]) -> Iterator[Finding]:
    for fact in seen.facts:
        if fact.name == "unit.restart" and fact.value in ("no", "on-success"):
            yield Finding(
                "restart-never",
                Severity.WARNING,
                f"{fact.text}: it stays away after it has died",
                "use Restart=always",
                where=fact.where,
            )

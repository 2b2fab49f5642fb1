"""PostgreSQL that stops with its one standby, or acknowledges what is on one disk only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from holdfast.converge.imported.values import Imported
from holdfast.finding import Finding, Severity

_SAFE = ("postgresql.fsync", "postgresql.full_page_writes")
_LISTED = re.compile(r"^\s*(?:(?:first|any)?\s*(\d+)\s*\((.*)\)|(.+))\s*$", re.I)


def check(seen: Imported, objectives: Mapping[str, float]) -> Iterator[Finding]:
    for fact in seen.facts:
        if fact.name == "postgresql.synchronous_standby_names" and fact.value:
            needed, listed = _listed(str(fact.value))
            if "*" not in listed and len(listed) <= needed:
                yield Finding(
                    "standby-needed",
                    Severity.WARNING,
                    f"{fact.text}: commits wait for {' and '.join(listed)}; without one of them "
                    "the primary stops writing",
                    "list one standby more than must answer: ANY 1 (a, b)",
                    where=fact.where,
                )
        elif fact.name in _SAFE and str(fact.value).lower() in ("off", "false", "no", "0"):
            yield Finding(
                "standby-fsync",
                Severity.ERROR,
                f"{fact.text}: a loss of power may leave a database that cannot be read",
                "switch it on",
                where=fact.where,
            )


def _listed(names: str) -> tuple[int, list[str]]:
    """How many must answer, and who may."""
    match = _LISTED.match(names)
    if match is None:
        return 0, ["*"]
    inner = match[2] if match[1] else match[3]
    return int(match[1] or 1), [name.strip() for name in inner.split(",")]

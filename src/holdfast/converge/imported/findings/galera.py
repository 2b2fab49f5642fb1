"""Settings with which a Galera member makes a cluster of its own, or serves without a majority."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from holdfast.converge.imported.values import Imported
from holdfast.finding import Finding, Severity


def check(seen: Imported, objectives: Mapping[str, float]) -> Iterator[Finding]:
    for fact in seen.facts:
        if fact.name == "galera.address" and fact.value == "gcomm://":
            yield Finding(
                "galera-alone",
                Severity.ERROR,
                "an empty gcomm:// makes a new cluster at each start: a restarted member leaves "
                "the others",
                "list all members; bootstrap once, with `galera_new_cluster`",
                where=fact.where,
            )
        elif fact.name in ("galera.pc.ignore_sb", "galera.pc.ignore_quorum") and fact.value:
            yield Finding(
                "galera-split",
                Severity.ERROR,
                f"{fact.text}: both sides of a cut network take writes",
                "remove it",
                where=fact.where,
            )

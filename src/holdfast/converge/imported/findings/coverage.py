"""A Redis Cluster that refuses everything when one shard is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from holdfast.converge.imported.values import Imported
from holdfast.finding import Finding, Severity


def check(seen: Imported, objectives: Mapping[str, float]) -> Iterator[Finding]:
    for reading in seen.readings:
        enabled = any(fact.value for fact in reading.named("redis.cluster-enabled"))
        said = next(reading.named("redis.cluster-require-full-coverage"), None)
        if enabled and (said is None or said.value):
            place = said or next(reading.named("redis.cluster-enabled"))
            yield Finding(
                "coverage-full",
                Severity.NOTE,
                "while one shard has no primary, all others refuse, too: "
                "cluster-require-full-coverage is yes"
                + ("" if said else " where nobody says otherwise"),
                "set 'cluster-require-full-coverage no', if parts of the keys are worth having",
                where=place.where,
            )

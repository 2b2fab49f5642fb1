"""A pool of one is a single point of failure with a balancer before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from holdfast.converge.imported.values import Imported
from holdfast.finding import Finding, Severity


def check(seen: Imported, objectives: Mapping[str, float]) -> Iterator[Finding]:
    for pool in seen.pools:
        live = [each for each in pool.servers if "disabled" not in each.facts]
        # A name may stand for several addresses.
        if len(live) == 1 and live[0].host.replace(".", "").isdigit():
            yield Finding(
                "alone-server",
                Severity.NOTE,
                f"{pool.name} has one server only, {live[0].name}",
                "add another, on another host",
                where=live[0].where,
            )

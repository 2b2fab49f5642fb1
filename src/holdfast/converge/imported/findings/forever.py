"""haproxy without a time-out waits for ever, as its manual warns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from holdfast.converge.imported.values import Imported
from holdfast.finding import Finding, Severity

_NEEDED = {"connect_ms": "timeout connect", "server_ms": "timeout server"}


def check(seen: Imported, objectives: Mapping[str, float]) -> Iterator[Finding]:
    for pool in seen.pools:
        missing = [spelt for key, spelt in _NEEDED.items() if key not in pool.facts]
        if pool.balancer == "haproxy" and pool.servers and missing:
            yield Finding(
                "forever-timeout",
                Severity.WARNING,
                f"{pool.name} has no {' and no '.join(missing)}: connections to a dead server "
                "hang until the kernel or the client gives up",
                "set both in 'defaults'",
                where=pool.where,
            )

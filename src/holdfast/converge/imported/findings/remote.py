"""API servers that ask all of etcd's members: calls hang on the dead one's connections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from holdfast.converge.imported.values import Imported
from holdfast.finding import Finding, Severity


def check(seen: Imported, objectives: Mapping[str, float]) -> Iterator[Finding]:
    for reading in seen.readings:
        servers = [each for each in reading.members if each.group == "etcd-servers"]
        stacked = any(each.part == "etcd" for each in seen.listeners)
        if stacked and len(servers) > 1:
            yield Finding(
                "remote-etcd",
                Severity.NOTE,
                f"each API server asks all {len(servers)} members of etcd: after one dies, calls "
                "hang for seconds on its connections",
                "where every API server has a member beside it: --etcd-servers of that one only",
                where=servers[0].where,
            )

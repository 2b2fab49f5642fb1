"""A member listed twice counts twice, and takes the place of one that is missing."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

from holdfast.converge.imported.values import Imported
from holdfast.finding import Finding, Severity, Where

_GROUPS = ("corosync", "corosync nodeid", "etcd", "etcd-servers", "galera", "pacemaker")


def check(seen: Imported, objectives: Mapping[str, float]) -> Iterator[Finding]:
    first: dict[Hashable, Where] = {}
    for key, name, where in _all(seen):
        before = first.setdefault(key, where)
        if before is not where:
            yield Finding(
                "twice-member",
                Severity.WARNING,
                f"{name} is listed for the second time; the first is on line {before.line}",
                "is another member meant, which is missing now? Correct the address, or remove it",
                where=where,
            )


def _all(seen: Imported) -> Iterator[tuple[Hashable, str, Where]]:
    """What may be there once only, its name, and where it stands."""
    for pool in seen.pools:
        # The servers of a template share their line: addresses come from DNS.
        for server in {each.where.line: each for each in pool.servers}.values():
            address = f"{server.host}:{server.port}"
            yield (pool.where, address), f"server {address} of {pool.name}", server.where
    for group in _GROUPS:
        for member in seen.members(group):
            address = member.address or member.name
            yield (member.where.file, group, address), f"{group} {address}", member.where

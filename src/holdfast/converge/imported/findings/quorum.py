"""Two members have no majority without both; an even number bears no more than one fewer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from holdfast.converge.imported.values import Imported
from holdfast.finding import Finding, Severity

_GROUPS = {"etcd": "etcd", "corosync": "corosync", "galera": "Galera"}


def check(seen: Imported, objectives: Mapping[str, float]) -> Iterator[Finding]:
    for group, name in _GROUPS.items():
        members = seen.members(group)
        addresses = {member.address for member in members}
        decided = group == "corosync" and any(
            fact.name in ("corosync.device", "corosync.two_node") and fact.value
            for fact in seen.facts
        )
        if len(addresses) >= 2 and len(addresses) % 2 == 0 and not decided:
            count = len(addresses)
            yield Finding(
                "quorum-even",
                Severity.WARNING,
                f"{name} has {count} members and bears the loss of {(count - 1) // 2}, as "
                f"{count - 1} would",
                "use an odd number, three at least, or a quorum device",
                where=members[0].where,
            )

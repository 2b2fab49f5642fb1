"""One look at a whole system, and what is not healthy about it.

Words such as "streaming" prove nothing: a member that reconnects in vain says so too. A member is
healthy when its log advances with the primary's between two looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class MemberLook:
    """A datastore on one host, as the host's steward tells. `lsn`: how far its log is flushed or
    replayed, in bytes; None when nobody answered. `routed`: whom local clients are led to."""

    role: str
    serving: bool
    lsn: int | None
    routed: str | None
    incomplete: bool = False


@dataclass(frozen=True)
class HostLook:
    """`view`: who is there, as this host's steward sees it. `addresses`: virtual ones it holds."""

    view: tuple[str, ...]
    quorate: bool
    members: Mapping[str, MemberLook] = field(default_factory=dict)
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Look:
    """What each host says, by name; None for one that does not answer."""

    hosts: Mapping[str, HostLook | None]

    def members(self, datastore: str) -> dict[str, MemberLook]:
        """By host; only those that answered and have one."""
        return {
            name: host.members[datastore]
            for name, host in self.hosts.items()
            if host is not None and datastore in host.members
        }

    def primary(self, datastore: str) -> str | None:
        """The host that serves as primary, if exactly one does."""
        serving = [
            name
            for name, member in self.members(datastore).items()
            if member.role == "primary" and member.serving
        ]
        return serving[0] if len(serving) == 1 else None

    def holder(self, address: str) -> str | None:
        """The host that holds a virtual address, if exactly one does."""
        holders = [
            name
            for name, host in self.hosts.items()
            if host is not None and address in host.addresses
        ]
        return holders[0] if len(holders) == 1 else None


def ailments(
    before: Look, after: Look, datastores: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """What is not healthy, in sentences; between the looks something must have been written.

    `datastores` names the hosts of each one's members.
    """
    found = list(_hosts(after))
    for name, members in datastores.items():
        found += _datastore(name, members, before, after)
    return tuple(found)


def _hosts(look: Look) -> list[str]:
    everyone = tuple(sorted(look.hosts))
    found = []
    for name, host in look.hosts.items():
        if host is None:
            found.append(f"{name} does not answer")
        elif not host.quorate:
            found.append(f"{name} has no quorum")
        elif tuple(sorted(host.view)) != everyone:
            found.append(f"{name} sees only {' '.join(sorted(host.view)) or 'nobody'}")
    return found


def _datastore(name: str, members: tuple[str, ...], before: Look, after: Look) -> list[str]:
    seen = after.members(name)
    missing = [f"{name} on {host} does not answer" for host in members if host not in seen]
    primary = after.primary(name)
    if primary is None:
        return [*missing, f"{name} has no single serving primary"]
    found = list(missing)
    for host, member in seen.items():
        if member.routed != primary:
            found.append(f"{host} leads clients of {name} to {member.routed}, not to {primary}")
        if host != primary and (member.role != "replica" or member.incomplete):
            found.append(f"{name} on {host} is not a complete replica")
    return found + _behind(name, primary, before, after)


def _behind(name: str, primary: str, before: Look, after: Look) -> list[str]:
    """Members whose log stands still, or has not reached where the primary's was."""
    earlier = before.members(name)
    goal = earlier[primary].lsn if primary in earlier else None
    if goal is None:
        return [f"{name}: nobody knows how far the primary's log was"]
    found = []
    for host, member in after.members(name).items():
        was = earlier[host].lsn if host in earlier else None
        if member.lsn is None or was is None:
            found.append(f"{name} on {host} does not tell how far its log reaches")
        elif member.lsn < goal or member.lsn <= was:
            found.append(f"{name} on {host} does not advance with its primary")
    return found

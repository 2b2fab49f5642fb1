"""Who leads what before the cut, and whom a victim's name means. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.converge import kinds
from holdfast.errors import DrillRefused, InputError

ETCD_LEADER = "etcd-leader"
ROLES = {
    ETCD_LEADER: kinds.ETCD_LEADER,
    kinds.CONTROLLER_MANAGER: kinds.CONTROLLER_MANAGER,
    kinds.SCHEDULER: kinds.SCHEDULER,
}
"""What a victim may be called, besides a node's name -> the role."""


@dataclass(frozen=True)
class Roles:
    """Role -> node; `members`: etcd's, by their hexadecimal ids."""

    held: Mapping[str, str]
    members: Mapping[str, str]

    def of(self, node: str) -> str:
        """What the node is, as Header.was has it."""
        return ", ".join(role for role in ROLES.values() if self.held.get(role) == node)

    def victim(self, name: str, nodes: Sequence[str]) -> str:
        """Raises InputError for a name that means nothing, DrillRefused for a role that nobody
        has."""
        if name in nodes:
            return name
        if name not in ROLES:
            known = ", ".join((*ROLES, *nodes))
            raise InputError(f"there is no {name} in this cluster", hint=f"name one of {known}")
        if ROLES[name] not in self.held:
            raise DrillRefused(f"no node is the {ROLES[name]}", hint="is the cluster healthy?")
        return self.held[ROLES[name]]


def roles(statuses: Mapping[str, str], leases: Sequence[Mapping[str, Any]]) -> Roles:
    """`statuses`: by node, `etcdctl endpoint status` of its member, as JSON. `leases`: the
    components'."""
    told = {node: json.loads(text)[0]["Status"] for node, text in statuses.items()}
    members = {f"{status['header']['member_id']:x}": node for node, status in told.items()}
    held = {}
    for node, status in told.items():
        # A member that knows no leader leaves the word out.
        if status.get("leader") == status["header"]["member_id"]:
            held[kinds.ETCD_LEADER] = node
    for lease in leases:
        component = kinds.LEASES.get(lease["metadata"]["name"])
        holder = (lease.get("spec") or {}).get("holderIdentity") or ""
        if component is not None and holder:
            held[component] = holder.partition("_")[0]
    return Roles(held, members)

"""How a cluster stands: what each of its hosts says of itself, and of the others."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.cluster.places import BIN, ETCD_PKI, ETCD_PORT, kubeconfig
from holdfast.errors import HostError
from holdfast.hosts.base import Transport

_ANSWERS_WITHIN_S = 5

_MEMBER = (
    *("timeout", str(_ANSWERS_WITHIN_S), "etcdctl", "endpoint", "status", "--write-out=json"),
    f"--endpoints=https://127.0.0.1:{ETCD_PORT}",
    f"--cacert={ETCD_PKI}/ca.crt",
    f"--cert={ETCD_PKI}/member.crt",
    f"--key={ETCD_PKI}/member.key",
)
_NODES = (
    *(f"{BIN}/kubectl", f"--kubeconfig={kubeconfig('admin')}", "get", "nodes", "--output=json"),
    f"--request-timeout={_ANSWERS_WITHIN_S}s",
)


@dataclass(frozen=True)
class Standing:
    """`member`: leader, follower, alone (it lives, and knows no leader), silent, or none on a
    balancer. `sees`: which nodes are Ready, as the API says through this host's own way to it;
    None while that does not answer. `idle`: units that should run and do not."""

    host: str
    member: str
    sees: tuple[str, ...] | None
    idle: tuple[str, ...]
    trouble: str = ""


async def standings(
    doors: Sequence[Transport], units: Mapping[str, tuple[str, ...]], nodes: Sequence[str]
) -> tuple[Standing, ...]:
    """Ask all at once; one that does not answer is told as such."""
    return tuple(
        await asyncio.gather(*(_ask(door, units[door.host], door.host in nodes) for door in doors))
    )


async def _ask(door: Transport, units: Sequence[str], node: bool) -> Standing:
    try:
        idle = _idle(units, (await door.run("systemctl", "is-active", *units)).out)
        if not node:
            return Standing(door.host, "none", None, idle)
        member, nodes = await asyncio.gather(door.run(*_MEMBER), door.run(*_NODES))
        sees = ready(json.loads(nodes.out)) if nodes.ok else None
        return Standing(door.host, role(member.out if member.ok else ""), sees, idle)
    except HostError as error:
        return Standing(door.host, "silent", None, (), error.message)


def role(said: str) -> str:
    """Of a member, by what it says to `endpoint status`."""
    if not said.strip():
        return "silent"
    status = json.loads(said)[0]["Status"]
    if not status.get("leader"):
        return "alone"
    return "leader" if status["leader"] == status["header"]["member_id"] else "follower"


def ready(listed: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the nodes that are."""
    return tuple(
        node["metadata"]["name"]
        for node in listed["items"]
        for condition in node["status"].get("conditions", ())
        if (condition["type"], condition["status"]) == ("Ready", "True")
    )


def _idle(units: Sequence[str], said: str) -> tuple[str, ...]:
    """systemctl answers a line per unit."""
    pairs = zip(units, said.splitlines(), strict=False)
    return tuple(unit for unit, state in pairs if state != "active")


def warnings(found: Sequence[Standing]) -> tuple[str, ...]:
    """What a person should know besides."""
    members = [each for each in found if each.member != "none"]
    living = [each.host for each in members if each.member != "silent"]
    lacking = len(members) // 2 + 1 - len(living)
    if lacking > 0:
        there = f"only {' '.join(living)} of" if living else "none of"
        return (
            f"quorum is gone: {there} {len(members)} etcd members answer; nothing can be changed, "
            f"and no pod is replaced, until {lacking} more of them do",
        )
    if not any(each.member == "leader" for each in members):
        return ("etcd has no leader: an election is going on, or members do not hear each other",)
    return ()

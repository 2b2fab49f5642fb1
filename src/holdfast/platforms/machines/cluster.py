"""What pacemaker says of the hosts: `crm_mon --output-as=xml` (its api-result schema) as a value,
and what a person has to do about it."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from holdfast.errors import EnvironmentFailure, HostError
from holdfast.hosts.base import Transport
from holdfast.plan.places import fence_name

State = Literal["online", "standby", "pending", "lost", "off"]
"""lost: it may still run, and is to be fenced. off: certain to be off."""

_MON = ("crm_mon", "--one-shot", "--output-as=xml", "--fence-history=2")
_ASK_S = 10.0
_CONFIRM_S = 30.0


@dataclass(frozen=True)
class Node:
    """`fencing`: how the last try to fence it went (success, failed, pending), empty for none.
    `fence`: whether its fencing device works, None where it has none. `runs`: must-be-one services
    there."""

    state: State
    fencing: str = ""
    fence: bool | None = None
    runs: tuple[str, ...] = ()


Cluster = Mapping[str, Node]
"""By host; hosts that pacemaker does not know lack."""


async def cluster(hosts: Sequence[Transport]) -> Cluster:
    """As the first host that answers with a quorum sees it; empty when none does."""
    for host in hosts:
        try:
            async with asyncio.timeout(_ASK_S):
                said = await host.run(*_MON)
            seen = parse(said.out) if said.ok else None
        except (HostError, TimeoutError, ET.ParseError):
            continue
        if seen is not None:
            return seen
    return {}


async def confirm(hosts: Sequence[Transport], lost: str) -> None:
    """Tell pacemaker that a person has switched the host off. Raises EnvironmentFailure."""
    troubles = []
    for host in hosts:
        try:
            async with asyncio.timeout(_CONFIRM_S):
                said = await host.run("stonith_admin", "--confirm", lost)
        except (HostError, TimeoutError) as error:
            troubles.append(f"{host.host}: {error}")
            continue
        if said.ok:
            return
        troubles.append(f"{host.host}: {said.err.strip() or said.out.strip()}")
    raise EnvironmentFailure(f"nobody takes note that {lost} is off", "; ".join(troubles))


def parse(text: str) -> Cluster | None:
    """None from a host without a quorum, whose word is worth nothing. Raises ParseError."""
    root = ET.fromstring(text)
    dc = root.find("summary/current_dc")
    if dc is None or dc.get("with_quorum") != "true":
        return None
    fences = {each.get("id"): _works(each) for each in root.iter("resource") if _fences(each)}
    tries = _tries(root)
    return {
        name: Node(
            state=_state(node),
            fencing=tries.get(name, ""),
            fence=fences.get(fence_name(name)),
            runs=_runs(root, name),
        )
        for node in root.findall("nodes/node")
        for name in (node.get("name", ""),)
    }


def advice(host: str, node: Node) -> str:
    """What is wrong with the host, and what a person can do; empty when nothing is."""
    if node.state == "lost" and (node.fencing == "failed" or node.fence is False):
        return (
            f"{host}: lost, its BMC does not answer: power it off by hand and confirm with"
            f" `holdfast fenced {host}`"
        )
    if node.state == "lost" and node.fence is None:
        return (
            f"{host}: lost, and nothing can switch it off: power it off by hand and confirm with"
            f" `holdfast fenced {host}`"
        )
    if node.state == "lost":
        return f"{host}: lost, being fenced"
    if node.fence is False:
        return f"{host}: its BMC does not answer: it could not be fenced now"
    return ""


def _state(node: ET.Element[str]) -> State:
    said = {key: value == "true" for key, value in node.attrib.items()}
    if said.get("unclean"):
        return "lost"
    if said.get("pending"):
        return "pending"
    if not said.get("online"):
        return "off"
    return "standby" if said.get("standby") else "online"


def _fences(resource: ET.Element[str]) -> bool:
    return resource.get("resource_agent", "").startswith("stonith:")


def _works(resource: ET.Element[str]) -> bool:
    return resource.get("active") == "true" and resource.get("failed") != "true"


def _tries(root: ET.Element[str]) -> dict[str, str]:
    """The newest of each host, which is told first."""
    found: dict[str, str] = {}
    for event in root.iter("fence_event"):
        found.setdefault(event.get("target", ""), event.get("status", ""))
    return found


def _runs(root: ET.Element[str], host: str) -> tuple[str, ...]:
    return tuple(
        resource.get("id", "")
        for resource in root.iter("resource")
        if resource.get("resource_agent", "").startswith("systemd:")
        and any(node.get("name") == host for node in resource.findall("node"))
    )

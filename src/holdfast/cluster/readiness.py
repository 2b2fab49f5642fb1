"""From started units to a cluster that works: objects applied, nodes Ready, its test answering.

What never gets there is looked for on its host: the first component, in the order in which they
are started, that does not run or keeps starting, with its last words.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from holdfast.cluster.kubectl import Kubectl, last_line
from holdfast.cluster.model import ClusterPlan, Node
from holdfast.cluster.objects import TEST
from holdfast.cluster.places import KUBELET_UNIT, TEST_NODE_PORT
from holdfast.errors import EnvironmentFailure, HostError
from holdfast.hosts.base import Transport

Say = Callable[[str], None]
Lacking = Callable[[], Awaitable[dict[str, str]]]
"""What is still lacking, and where: host -> in words."""

_READY_WITHIN_S = 150.0
_PAUSE_S = 0.5
_ANSWERS_WITHIN_S = 3
_LINES = 6
_LOOKS_APART_S = 5


class Readiness:
    """`units`: of each node, in the order in which they are started."""

    def __init__(
        self,
        plan: ClusterPlan,
        kubectl: Kubectl,
        doors: Mapping[str, Transport],
        units: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._plan, self._kubectl, self._doors, self._units = plan, kubectl, doors, units

    async def reach(self, objects: Path, say: Say) -> None:
        """Raises HostError for a node that does not get there, EnvironmentFailure for a cluster."""
        deadline = time.monotonic() + _READY_WITHIN_S
        await self._all("the API answers", lambda: self._apply(objects), deadline, say)
        await self._all("all nodes are Ready", self._nodes, deadline, say)
        await self._all("its test answers on all nodes", self._test, deadline, say)

    async def _all(self, what: str, lacking: Lacking, deadline: float, say: Say) -> None:
        while missing := await lacking():
            if time.monotonic() > deadline:
                raise await self._failure(what, missing)
            await asyncio.sleep(_PAUSE_S)
        say(f"{self._plan.system}: {what}")

    async def _apply(self, objects: Path) -> dict[str, str]:
        """A new API server lacks its own defaults for a moment, and says so."""
        done = await self._kubectl.run("apply", "--server-side", f"--filename={objects}")
        return {} if done.ok else {self._plan.nodes[0].name: last_line(done.err)}

    async def _nodes(self) -> dict[str, str]:
        try:
            listed = await self._kubectl.get("nodes")
        except EnvironmentFailure as error:
            return {self._plan.nodes[0].name: error.message}
        known = {node["metadata"]["name"]: node for node in listed["items"]}
        states = {node.name: _unready(known.get(node.name)) for node in self._plan.nodes}
        return {name: state for name, state in states.items() if state}

    async def _test(self) -> dict[str, str]:
        nodes = self._plan.nodes
        asked = await asyncio.gather(*map(self._ask, nodes))
        return {node.name: said for node, said in zip(nodes, asked, strict=True) if said}

    async def _ask(self, node: Node) -> str:
        """Empty when the test answers at the node's own address."""
        url = f"http://{node.address}:{TEST_NODE_PORT}/"
        said = await self._doors[node.name].run(
            *("curl", "--silent", "--show-error", "--noproxy", "*"),
            *("--max-time", str(_ANSWERS_WITHIN_S), url),
        )
        return "" if said.ok and said.out.startswith(TEST) else last_line(said.err)

    async def _failure(self, what: str, missing: Mapping[str, str]) -> EnvironmentFailure:
        for host, state in missing.items():
            told = await self._last_words(host)
            return HostError(host, f"wait until {what}", f"{state}\n{told}", "then run it again")
        return EnvironmentFailure(f"it never came to it that {what}")

    async def _last_words(self, host: str) -> str:
        """Of the component to blame, else of kubelet."""
        door = self._doors[host]
        units = self._units[host]
        look = ("systemctl", "show", "--property=Id,ActiveState,NRestarts", *units)
        try:
            before = (await door.run(*look)).out
            await asyncio.sleep(_LOOKS_APART_S)
            blamed = to_blame(before, (await door.run(*look)).out) or KUBELET_UNIT
            log = await door.run(
                *("journalctl", "--no-pager", "--output=cat", f"--lines={_LINES}"),
                f"--unit={blamed}",
            )
        except HostError as error:
            return error.message
        return f"{blamed} says:\n{log.out.rstrip()}"


def to_blame(before: str, after: str) -> str:
    """The first unit, in systemctl's words, that is not active or has been started anew between
    two looks."""
    starts = {unit["Id"]: unit.get("NRestarts") for unit in _units(before)}
    for unit in _units(after):
        anew = unit.get("NRestarts") != starts.get(unit["Id"], unit.get("NRestarts"))
        if anew or unit.get("ActiveState") != "active":
            return unit["Id"]
    return ""


def _units(shown: str) -> list[dict[str, str]]:
    """Blocks of KEY=value."""
    blocks = shown.strip().split("\n\n")
    units = [dict(line.split("=", 1) for line in b.splitlines() if "=" in line) for b in blocks]
    return [unit for unit in units if "Id" in unit]


def _unready(node: dict[str, Any] | None) -> str:
    """Empty for a node that is Ready."""
    if node is None:
        return "its kubelet has not registered it"
    conditions = {each["type"]: each for each in node["status"].get("conditions", ())}
    ready = conditions.get("Ready", {"status": "Unknown", "message": "no condition yet"})
    return "" if ready["status"] == "True" else f"not Ready: {ready.get('message', '')}"

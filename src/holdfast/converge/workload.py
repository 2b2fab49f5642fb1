"""What is served while a node loses power: one pod alone on the victim, and one on every node."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from holdfast.cluster.kubectl import Kubectl, last_line
from holdfast.cluster.model import ClusterPlan
from holdfast.cluster.objects import solo
from holdfast.converge import kinds
from holdfast.errors import EnvironmentFailure

_WITHIN_S = 90.0
_POLL_S = 0.5


class Workload:
    """Raises EnvironmentFailure for what the cluster does not do."""

    def __init__(self, plan: ClusterPlan, kubectl: Kubectl) -> None:
        self._plan, self._kubectl = plan, kubectl

    async def arrange(self, victim: str, folder: Path) -> None:
        """All of it anew where it is not as it should be; the objects are kept in `folder`. Pods
        made now have the tolerations of the timers in force."""
        await self._do("delete", "deployment", kinds.SOLO, "--ignore-not-found", "--wait=false")
        await self._until("the old pod is gone", lambda: self._none(kinds.SOLO))
        kept = folder / f"{kinds.SOLO}.yaml"
        kept.write_text(solo(victim), encoding="utf-8")
        await self._do("apply", "--server-side", f"--filename={kept}")
        await self._until(f"{kinds.SOLO} runs on {victim}", lambda: self._alone_on(victim))
        if not await self._spread():
            await self._do("scale", "deployment", kinds.WEB, "--replicas=0")
            await self._until("the old pods are gone", lambda: self._none(kinds.WEB))
            await self._do("scale", "deployment", kinds.WEB, f"--replicas={len(self._plan.nodes)}")
            await self._until(f"{kinds.WEB} runs on every node", self._spread)

    async def addresses(self) -> Mapping[str, str]:
        """Each Service's own."""
        listed = await self._kubectl.get("services", kinds.SOLO, kinds.WEB)
        return {item["metadata"]["name"]: item["spec"]["clusterIP"] for item in listed["items"]}

    async def _none(self, app: str) -> bool:
        return not await self._pods(app)

    async def _alone_on(self, node: str) -> bool:
        return [_where(pod) for pod in await self._pods(kinds.SOLO)] == [node]

    async def _spread(self) -> bool:
        found = sorted(_where(pod) for pod in await self._pods(kinds.WEB))
        return found == sorted(node.name for node in self._plan.nodes)

    async def _pods(self, app: str) -> list[dict[str, Any]]:
        listed = await self._kubectl.get("pods", f"--selector=app={app}")
        return list(listed["items"])

    async def _do(self, *argv: str) -> None:
        done = await self._kubectl.run(*argv)
        if not done.ok:
            raise EnvironmentFailure(f"kubectl {argv[0]} {argv[1]}: {last_line(done.err)}")

    async def _until(self, what: str, reached: Callable[[], Awaitable[bool]]) -> None:
        for _ in range(int(_WITHIN_S / _POLL_S)):
            if await reached():
                return
            await asyncio.sleep(_POLL_S)
        raise EnvironmentFailure(
            f"it does not come to it that {what}",
            hint="kubectl get pods -o wide, and kubectl describe pod",
        )


def _where(pod: Mapping[str, Any]) -> str:
    """The node of a pod that is ready and stays; nothing for any other."""
    conditions = pod.get("status", {}).get("conditions") or ()
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
    stays = "deletionTimestamp" not in pod["metadata"]
    return str(pod["spec"].get("nodeName", "")) if ready and stays else ""

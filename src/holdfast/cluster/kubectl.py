"""The real kubectl, run here with the administrator's kubeconfig."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from holdfast.errors import EnvironmentFailure
from holdfast.hosts.base import Result
from holdfast.hosts.local import Local

_TIMEOUT_S = 20
_DIRECT = ("NO_PROXY=*", "no_proxy=*")
"""Nodes are in this network: whatever proxy leads to the world does not lead there."""


class Kubectl:
    """`server`: whom to ask instead of the one that the kubeconfig names."""

    def __init__(self, program: Path, kubeconfig: Path, server: str = "") -> None:
        self._command = (
            *("env", *_DIRECT, str(program), f"--kubeconfig={kubeconfig}"),
            f"--cache-dir={kubeconfig.parent / '.kubectl'}",
            f"--request-timeout={_TIMEOUT_S}s",
            *((f"--server={server}",) if server else ()),
        )

    async def run(self, *argv: str) -> Result:
        return await Local().run(*self._command, *argv)

    async def get(self, *argv: str) -> Any:
        """What `kubectl get` says, as data. Raises EnvironmentFailure while nobody answers."""
        done = await self.run("get", "--output=json", *argv)
        if not done.ok:
            raise EnvironmentFailure(f"kubectl get {' '.join(argv)}: {last_line(done.err)}")
        return json.loads(done.out)


def last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no message"])[-1]

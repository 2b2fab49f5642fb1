"""A systemd unit whose processes are dead, or alive and doing nothing."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from holdfast.errors import HostError
from holdfast.faults.expiry import HostTimer
from holdfast.faults.guard import guarded
from holdfast.hosts.base import Transport

Whom = Literal["main", "all"]


@dataclass(frozen=True)
class KillUnit:
    """`kill -9` of the unit's main process, or of all. There is nothing to undo and so nothing to
    expire: bringing the unit back is its supervisor's task, which is what is tried."""

    transport: Transport
    unit: str
    whom: Whom = "main"
    name: str = "kill"

    @property
    def host(self) -> str:
        return self.transport.host

    @asynccontextmanager
    async def inject(self) -> AsyncIterator[float]:
        """See Fault."""
        await _must_run(self.transport, self.unit)
        struck = time.time()
        await _signal(self.transport, self.unit, "SIGKILL", self.whom)
        yield struck


@dataclass(frozen=True)
class FreezeUnit:
    """SIGSTOP to every process of the unit: connections stay open and nobody answers. Healing
    sends SIGCONT to what is left of them. A process that is forked at that very moment may
    escape. `expiry_s` is kept by a timer on the host."""

    transport: Transport
    unit: str
    expiry_s: float
    name: str = "freeze"

    @property
    def host(self) -> str:
        return self.transport.host

    def inject(self) -> AbstractAsyncContextManager[float]:
        """See Fault."""
        expiry = HostTimer(
            self.transport, f"freeze-{self.unit}", _kill(self.unit, "SIGCONT"), self.expiry_s
        )
        return guarded(expiry, self._strike, self._heal)

    async def _strike(self) -> None:
        await _must_run(self.transport, self.unit)
        await _signal(self.transport, self.unit, "SIGSTOP")

    async def _heal(self) -> None:
        # fails when the unit is gone by now, and then there is nobody to wake
        await self.transport.run(*_kill(self.unit, "SIGCONT"))


def _kill(unit: str, signal: str, whom: Whom = "all") -> tuple[str, ...]:
    return ("systemctl", "kill", f"--kill-whom={whom}", f"--signal={signal}", unit)


async def _must_run(transport: Transport, unit: str) -> None:
    active = await transport.run("systemctl", "is-active", unit)
    if not active.ok:
        state = active.out.strip() or active.err.strip()
        raise HostError(transport.host, f"look at {unit}", f"it is {state}, not running")


async def _signal(transport: Transport, unit: str, signal: str, whom: Whom = "all") -> None:
    sent = await transport.run(*_kill(unit, signal, whom))
    if not sent.ok:
        raise HostError(transport.host, f"{signal} to {unit}", sent.err.strip())

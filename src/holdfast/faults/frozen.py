"""A host of which every process stands still."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from holdfast.faults.base import Expiry, Pulse
from holdfast.faults.guard import guarded


@dataclass(frozen=True)
class FreezeHost:
    """Nobody there does anything, and the kernel still acknowledges what clients send: worse than
    a power cut. Healing lets the processes go on; as a rule the host has been fenced by then."""

    pulse: Pulse
    host: str
    expiry: Expiry
    name: str = "freeze"

    def inject(self) -> AbstractAsyncContextManager[float]:
        """See Fault."""
        return guarded(
            self.expiry, lambda: self.pulse.freeze(self.host), lambda: self.pulse.thaw(self.host)
        )

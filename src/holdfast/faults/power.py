"""A host without power."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from holdfast.faults.base import Expiry, Power
from holdfast.faults.guard import guarded


@dataclass(frozen=True)
class PowerOff:
    """The power is cut; healing switches the host on, which then boots."""

    power: Power
    host: str
    expiry: Expiry
    name: str = "power-off"

    def inject(self) -> AbstractAsyncContextManager[float]:
        """See Fault."""
        return guarded(
            self.expiry, lambda: self.power.off(self.host), lambda: self.power.on(self.host)
        )

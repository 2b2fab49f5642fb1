"""A switch and an expiry that only keep notes: for trying faults without a host."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class MemorySwitch:
    """Power, Link, Pulse and Expiry in one. `done` is everything that was asked of it, in order;
    the verb in `fails` raises OSError instead of being done."""

    done: list[str] = field(default_factory=list)
    fails: str = ""

    async def off(self, host: str) -> None:
        """See Power."""
        self._do(f"off {host}")

    async def on(self, host: str) -> None:
        """See Power."""
        self._do(f"on {host}")

    async def cut(self, host: str) -> None:
        """See Link."""
        self._do(f"cut {host}")

    async def mend(self, host: str) -> None:
        """See Link."""
        self._do(f"mend {host}")

    async def freeze(self, host: str) -> None:
        """See Pulse."""
        self._do(f"freeze {host}")

    async def thaw(self, host: str) -> None:
        """See Pulse."""
        self._do(f"thaw {host}")

    async def arm(self) -> None:
        """See Expiry."""
        self._do("arm")

    async def disarm(self) -> None:
        """See Expiry."""
        self._do("disarm")

    def _do(self, what: str) -> None:
        if self.fails and what.startswith(self.fails):
            raise OSError(f"cannot {what}")
        self.done.append(what)

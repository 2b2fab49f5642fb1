"""What a fault is: something that breaks, and heals by itself if we should die."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Fault(Protocol):
    """`inject()` arms an expiry first (a timer outside this process that undoes the fault), then
    breaks; leaving the context heals and disarms. Healing twice does no harm. The context's value
    is the moment of the breaking: Unix time in seconds, taken right before it."""

    @property
    def name(self) -> str: ...

    @property
    def host(self) -> str: ...

    def inject(self) -> AbstractAsyncContextManager[float]: ...


class Expiry(Protocol):
    """Undoes a fault after a while, from outside this process: for when we cannot."""

    async def arm(self) -> None: ...

    async def disarm(self) -> None:
        """Call it off; safe when it has gone off, and when it was never armed."""
        ...


class Power(Protocol):
    """The power switch of a host."""

    async def off(self, host: str) -> None:
        """At once, as a cut would: nothing is told to anybody."""
        ...

    async def on(self, host: str) -> None: ...


class Pulse(Protocol):
    """All processes of a host."""

    async def freeze(self, host: str) -> None:
        """All stand still; the kernel goes on, and so keeps connections open."""
        ...

    async def thaw(self, host: str) -> None:
        """They go on, if the host has not been switched off meanwhile."""
        ...


class Link(Protocol):
    """A host's network link."""

    async def cut(self, host: str) -> None: ...

    async def mend(self, host: str) -> None: ...

"""Virtual time: an event loop whose clock jumps to the next thing that is due. For tests.

A drill of a minute takes a fraction of a second, and is exact. Only things that wait by the loop's
clock work here; there is no network.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
Advance = Callable[[float], None]


class _Selector(selectors.DefaultSelector):
    """Instead of waiting, tells how long it would have waited."""

    def __init__(self, advance: Advance) -> None:
        super().__init__()
        self._advance = advance

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everything waits, and nothing is due: this would wait for ever")
        ready = super().select(0)
        if not ready:
            self._advance(max(0.0, timeout))
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Begins at `start`, in seconds."""

    def __init__(self, start: float = 1000.0) -> None:
        self._moment = start
        super().__init__(_Selector(self.stall))

    def time(self) -> float:
        return self._moment

    def stall(self, seconds: float) -> None:
        """Let time pass in which nothing runs."""
        self._moment += seconds


def run(work: Callable[[Callable[[], float]], Coroutine[Any, Any, T]]) -> T:
    """Run what `work` makes of the virtual clock, to its end."""
    loop = VirtualLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(work(loop.time))

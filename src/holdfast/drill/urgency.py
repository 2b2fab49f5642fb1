"""The probes' right to the CPU: who waits for it measures it, and not the system."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable, Iterator

_PRIORITY = 1
"""The lowest of the real-time ones: below everything of the system that has one."""

_LOOK_S = 0.05
_STALL_S = 0.15


@contextlib.contextmanager
def urgent() -> Iterator[bool]:
    """Real-time scheduling while the context lasts; False where we may not have it."""
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        # Children, such as the expiry of a fault, are in no hurry.
        policy = os.SCHED_RR | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(0, policy, os.sched_param(_PRIORITY))
    except OSError:
        yield False
        return
    try:
        yield True
    finally:
        os.sched_setscheduler(0, *before)


def as_urgent() -> None:
    """For a new thread: be as urgent as the main one. Threads do not inherit it (they are children,
    too), and one that has the interpreter's lock while it waits for a CPU keeps all others
    waiting."""
    main = threading.main_thread().native_id
    if main is None or os.sched_getscheduler(main) & ~os.SCHED_RESET_ON_FORK != os.SCHED_RR:
        return
    with contextlib.suppress(OSError):
        policy = os.SCHED_RR | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(0, policy, os.sched_param(_PRIORITY))


async def watch_stalls(told: Callable[[float], None]) -> None:
    """Tell how long we did not run, whenever that was too long to be ignored. Never returns."""
    clock = asyncio.get_running_loop().time
    while True:
        due = clock() + _LOOK_S
        await asyncio.sleep(_LOOK_S)
        if (late := clock() - due) > _STALL_S:
            told(late)

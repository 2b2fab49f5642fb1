"""The node agent's one loop: corosync, what its threads have found, the clock, systemd's watchdog.

The loop does nothing that blocks. If it stops, systemd kills the process and starts it anew.
"""

from __future__ import annotations

import os
import queue
import select
import signal
import sys
import threading
import time
from collections.abc import Callable

from ..steward import durable
from ..steward.log import Log
from ..steward.membership import Heard as Message
from ..steward.membership import Membership
from ..steward.notify import Notifier
from ..steward.view import View
from ..steward.wire import WireError
from .config import Config
from .decision import step
from .labour import Labour
from .protocol import (
    WIRE,
    Action,
    Cancel,
    Event,
    Heard,
    Order,
    Rest,
    Say,
    Seen,
    StartOwn,
    StopOwn,
    Tick,
    Watch,
)
from .standing import Agent, Kept
from .watching import Watcher
from .workloads import Workloads

_TICK_S = 0.25
FAILED = 3


class Loop:
    def __init__(self, config: Config) -> None:
        self._config = config
        self._log = Log(config.host)
        self._inbox: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._tick_at = time.monotonic()
        self._over = False
        self._membership = Membership(
            config.host, {node.name: node.node_id for node in config.nodes}
        )
        self._notifier = Notifier(config.timers.watchdog_s)
        self._agent = Agent(config.settings, durable.load(config.kept, Kept()), now=now())
        self._watchers: dict[str, Watcher] = {}
        self._workloads = Workloads(lambda why: self._log("failed", why))
        self._labour = Labour(config.door, self.tell, self._log)

    def tell(self, event: Event | None) -> None:
        """For other threads. None ends the loop."""
        self._inbox.put(event)
        os.eventfd_write(self._wake, 1)

    def run(self) -> None:
        """Until SIGTERM."""
        for work in (self._workloads.run, self._labour.run):
            threading.Thread(target=work, daemon=True).start()
        if self._agent.kept.stopped:
            self._workloads.stop()
        self._notifier.ready()
        while not self._over:
            self._turn()
        self._notifier.stopping()
        self._membership.leave()

    def _turn(self) -> None:
        door = self._membership.fileno()
        doors = [self._wake] if door is None else [self._wake, door]
        left = min(self._tick_at - time.monotonic(), self._membership.wait_s)
        select.select(doors, [], [], max(0.0, left))
        self._drain()
        for event in self._membership.poll():
            self._hear(event)
        if time.monotonic() >= self._tick_at:
            self._tick_at = time.monotonic() + _TICK_S
            self._step(Tick(now()))
        self._membership.flush()
        self._notifier.alive()

    def _drain(self) -> None:
        try:
            os.eventfd_read(self._wake)
        except BlockingIOError:
            return
        while not self._inbox.empty():
            event = self._inbox.get()
            if event is None:
                self._over = True
            else:
                self._step(event)

    def _hear(self, event: View | Message) -> None:
        if isinstance(event, View):
            self._see(event)
            return
        try:
            self._step(Heard(event.sender, WIRE.decode(event.payload)))
        except WireError as error:
            self._log("unheard", str(error), sender=event.sender)

    def _see(self, view: View) -> None:
        nodes = self._membership.nodes if view.members else ()
        if view.members and self._config.host not in nodes:
            return  # the group is told before the ring, the first time
        self._log("view", ring=view.ring, agents=view.members, nodes=nodes)
        self._step(Seen(now(), view.ring, view.members, nodes))

    def _step(self, event: Event) -> None:
        before = self._agent.kept
        self._agent, actions = step(self._agent, event)
        if self._agent.kept != before:
            # In /run: it outlives this process, and no power cut.
            durable.save(self._config.kept, self._agent.kept)
        for action in actions:
            self._do(action)

    def _do(self, action: Action) -> None:
        match action:
            case Say(word):
                self._membership.send(WIRE.encode(word))
            case Watch(node):
                self._log("lost", node=node)
                self._watch(node)
            case Rest(node):
                self._watchers.pop(node).stop()
            case Order(node, grade):
                self._labour.give(node, grade)
            case Cancel(node):
                self._labour.cancel(node)
            case StopOwn():
                self._log("alone", "without a quorum for too long: workloads stop")
                self._workloads.stop()
            case StartOwn():
                self._log("back", "workloads may run here again")
                self._workloads.start()

    def _watch(self, node: str) -> None:
        config = self._config
        watcher = Watcher(config.node(node), config.door.port, config.timers, self.tell)
        self._watchers[node] = watcher
        watcher.start()


def now() -> int:
    """Milliseconds since boot, suspended time included."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def run(config: Config) -> int:
    """The process's exit code."""
    threading.excepthook = _die
    try:
        loop = Loop(config)
    except durable.CorruptError as error:
        Log(config.host)("failed", f"{config.kept} is not what was kept: {error}")
        return FAILED
    stop: Callable[..., None] = lambda *_: loop.tell(None)  # noqa: E731
    signal.signal(signal.SIGTERM, stop)
    loop.run()
    return 0


def _die(arguments: threading.ExceptHookArgs) -> None:
    """An agent without one of its threads is none: end, and let systemd start it again."""
    sys.__excepthook__(
        arguments.exc_type, arguments.exc_value or Exception(), arguments.exc_traceback
    )
    os._exit(4)

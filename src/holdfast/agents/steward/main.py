"""The steward's one loop: corosync, the workers' results, the clock; systemd's watchdog.

The loop does nothing that blocks. If it stops, systemd kills the process, this host leaves the
group, and the others go on without it.
"""

from __future__ import annotations

import fcntl
import os
import queue
import select
import signal
import sys
import threading
import time
from collections.abc import Callable

from . import control, rolecheck, wire
from .config import Config
from .keeper import Keeper, Outside
from .log import Log
from .membership import Heard, Membership
from .notify import Notifier
from .promises import CorruptPromiseError
from .protocol import Again, Asked, Delivered, Message, View, ViewChanged
from .proxy import Proxy
from .status import Status

_AGAIN_S = 1.0
_UPKEEP_EVERY = 5
_GOODBYE_S = 5.0


class Loop:
    def __init__(self, config: Config) -> None:
        self._log = Log(config.host)
        self._config = config
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._again_at = time.monotonic() + _AGAIN_S
        self._rounds = 0
        self._leave_at: float | None = None
        self._membership = Membership(
            config.host, {host.name: host.node_id for host in config.hosts}
        )
        self._notifier = Notifier(config.timers.watchdog_s)
        self._proxy = Proxy(config, self._log)
        outside = Outside(self._send, self._proxy, self.later)
        self._keepers = {
            each.name: Keeper(config, each, outside, self._log) for each in config.datastores
        }
        self.status = Status(config, self._keepers)

    def later(self, call: Callable[[], None]) -> None:
        """Have `call` run by the loop; for other threads."""
        self._inbox.put(call)
        os.eventfd_write(self._wake, 1)

    def run(self) -> None:
        """Until SIGTERM, and until this host's primaries are handed over."""
        for keeper in self._keepers.values():
            keeper.start()
        self._notifier.ready()
        while not self._may_leave():
            self._turn()
        self._membership.leave()

    def terminate(self) -> None:
        """Planned stop: whoever is primary here asks to be relieved."""
        if self._leave_at is None:
            self._leave_at = time.monotonic() + _GOODBYE_S
            self._notifier.stopping()
            for keeper in self._keepers.values():
                keeper.resign("the steward stops")

    def switch_over(self, datastore: str, to: str | None) -> None:
        self._keepers[datastore].feed(Asked(to, "asked for by a person"))

    def _may_leave(self) -> bool:
        if self._leave_at is None:
            return False
        relieved = all(keeper.relieved for keeper in self._keepers.values())
        return relieved or time.monotonic() > self._leave_at

    def _turn(self) -> None:
        self._rest()
        self._drain_inbox()
        for event in self._membership.poll():
            self._hear(event)
        self._tick()
        self._membership.flush()
        self._notifier.alive()

    def _rest(self) -> None:
        """Until somebody has something for us."""
        until_again = self._again_at - time.monotonic()
        door = self._membership.fileno()
        doors = [self._wake] if door is None else [self._wake, door]
        select.select(doors, [], [], max(0.0, min(until_again, self._membership.wait_s)))

    def _drain_inbox(self) -> None:
        try:
            os.eventfd_read(self._wake)
        except BlockingIOError:
            return
        while not self._inbox.empty():
            self._inbox.get()()

    def _hear(self, event: View | Heard) -> None:
        if isinstance(event, View):
            self.status.view = event
            self._proxy.present(event.members)
            for keeper in self._keepers.values():
                keeper.feed(ViewChanged(event))
            return
        name, _, text = event.payload.partition(b"\0")
        addressed = self._keepers.get(name.decode(errors="replace"))
        if addressed is None:
            return
        try:
            addressed.feed(Delivered(event.sender, wire.decode(text)))
        except wire.WireError as error:
            self._log("failed", f"{event.sender} speaks another version: {error}")

    def _send(self, datastore: str, message: Message) -> None:
        self._membership.send(datastore.encode() + b"\0" + wire.encode(message))

    def _tick(self) -> None:
        if time.monotonic() < self._again_at:
            return
        self._again_at = time.monotonic() + _AGAIN_S
        self._rounds += 1
        for keeper in self._keepers.values():
            keeper.feed(Again())
            if self._rounds % _UPKEEP_EVERY == 0:
                keeper.upkeep()


def run(config: Config) -> int:
    """The process's exit code."""
    config.state.mkdir(parents=True, exist_ok=True)
    lock = os.open(config.state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        loop = Loop(config)
    except BlockingIOError:
        Log(config.host)("failed", "another steward runs on this host")
        return 3
    except CorruptPromiseError as error:
        Log(config.host)("failed", f"what was promised is not known: {error}")
        return 3
    threading.excepthook = _die
    signal.signal(signal.SIGTERM, lambda *_: loop.later(loop.terminate))
    rolecheck.start(config.listen, loop.status)
    control.start(config.socket, loop)
    loop.run()
    return 0


def _die(arguments: threading.ExceptHookArgs) -> None:
    """A steward without one of its threads is none: end, and let systemd start it again."""
    sys.__excepthook__(
        arguments.exc_type, arguments.exc_value or Exception(), arguments.exc_traceback
    )
    os._exit(4)

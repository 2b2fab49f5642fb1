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
from functools import partial

from . import control, rolecheck
from .announce import Announcer
from .config import Config
from .durable import CorruptError
from .engines import engine
from .keeper import Keeper, Outside
from .log import Log
from .membership import Heard, Membership
from .notify import Notifier
from .proxy import Proxy
from .standby import Standby
from .status import Status
from .view import View

_AGAIN_S = 1.0
_GOODBYE_S = 5.0


class Loop:
    def __init__(self, config: Config) -> None:
        self._log = Log(config.host)
        self._config = config
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._again_at = time.monotonic() + _AGAIN_S
        self._leave_at: float | None = None
        self._membership = Membership(
            config.host, {host.name: host.node_id for host in config.hosts}
        )
        self._notifier = Notifier(config.timers.watchdog_s)
        self._proxy = Proxy(config, self._log)
        self._keepers: dict[str, Keeper] = {}
        for raw in config.datastores:
            self._keepers.update(engine(raw).keepers(config, raw, self._outside, self._log))
        self.status = Status(config, self._keepers)
        self._standby = Standby(config.state)
        self._announcer = Announcer()

    def later(self, call: Callable[[], None]) -> None:
        """Have `call` run by the loop; for other threads."""
        self._inbox.put(call)
        os.eventfd_write(self._wake, 1)

    def run(self) -> None:
        """Until SIGTERM, and until this host's primaries are handed over."""
        for keeper in self._keepers.values():
            keeper.start()
        self._announcer.start()
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
        self._keepers[datastore].switch_over(to, "asked for by a person")

    def bootstrap(self, datastore: str, host: str) -> None:
        self._keepers[datastore].override(host)

    def standby(self, on: bool) -> None:
        """Hand over what there is of primaries' roles, or have them again. A host without a
        quorum has nothing to hand over, and is not to remember that it was told so then."""
        if self.status.quorate or not on:
            self._standby.set(on)
            self._log("standby", "roles are to go elsewhere" if on else "roles may come again")
            self._hand_over()

    def _hand_over(self) -> None:
        primaries = self.status.primaries()
        if self.status.quorate and self._standby.due(len(primaries)):
            for name in primaries:
                self._keepers[name].switch_over(None, "this host is on standby")

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
                keeper.see(event)
            return
        name, _, text = event.payload.partition(b"\0")
        addressed = self._keepers.get(name.decode(errors="replace"))
        if addressed is not None:
            addressed.hear(event.sender, text)

    def _outside(self, name: str) -> Outside:
        return Outside(partial(self._send, name), self._proxy, self.later)

    def _send(self, name: str, payload: bytes) -> None:
        self._membership.send(name.encode() + b"\0" + payload)

    def _tick(self) -> None:
        if time.monotonic() < self._again_at:
            return
        self._again_at = time.monotonic() + _AGAIN_S
        for keeper in self._keepers.values():
            keeper.tick()
        self._hand_over()
        self._announcer.tell(self.status.roles())


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
    except CorruptError as error:
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

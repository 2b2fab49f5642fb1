"""Keeps the local haproxy as the steward wants it: clients' routes, the gate, lost hosts.

One thread owns what is wanted, so that orders and corrections never cross. Orders go out at once;
after them, and every 200 ms, the thread ends the sessions that should be no more and looks whether
haproxy is as it should be, because a restarted haproxy begins with every route and gate disabled.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from .commands import FailedError, run
from .config import Config
from .haproxy import (
    Admin,
    NotRunningError,
    RefusedError,
    Server,
    SilentError,
    close,
    corrections,
    cuts,
    parse_servers,
    ready,
)
from .log import Log

_LOOK_S = 0.2
_CUT_FOR_S = 3.0
"""How long after a change sessions with servers that are down are looked for: who was connecting
then may be connected a little later."""

_AGAIN_S = 0.01
_HUNG = 3
"""Silences in a row, of a second each, after which haproxy is killed."""

_UNIT = "haproxy.service"


@dataclass(frozen=True)
class Choice:
    """A backend of which at most one server is in use, one per host and named by it. A gate is
    closed hard: not a byte passes once it is."""

    backend: str
    hosts: tuple[str, ...]
    gate: bool = False


@dataclass
class _Order:
    run: Callable[[], None]
    done: threading.Event = field(default_factory=threading.Event)


class Proxy:
    def __init__(self, config: Config, log: Log) -> None:
        self._config = config
        self._hosts = {host.name for host in config.hosts}
        self._log = log
        self._admin = Admin(config.haproxy_socket)
        self._orders: queue.SimpleQueue[_Order] = queue.SimpleQueue()
        self._wanted: dict[Server, bool] = {}
        self._gates: set[str] = set()
        self._down: set[Server] = set()
        self._cut_until = 0.0
        self._present: frozenset[str] | None = None
        self._chosen: dict[Choice, str | None] = {}
        threading.Thread(target=self._work, name="proxy", daemon=True).start()

    def choose(self, choice: Choice, host: str | None) -> None:
        """Use the server of `host`, or none. Returns at once; the order is carried out within
        milliseconds."""
        self._orders.put(_Order(lambda: self._choose(choice, host)))

    def choose_now(self, choice: Choice, host: str | None) -> None:
        """Returns when it is so: nothing passes by way of the others any more. If haproxy is not
        running nothing passes at all, and `host` is used as soon as it is."""
        self._wait(lambda: self._choose(choice, host))

    def chosen(self, choice: Choice) -> str | None:
        return self._chosen.get(choice)

    def present(self, hosts: Collection[str]) -> None:
        """Hosts whose services may get work. No hosts at all: we know nothing, so all of them."""
        self._orders.put(_Order(lambda: self._set_present(frozenset(hosts) or None)))

    def _wait(self, run: Callable[[], None]) -> None:
        order = _Order(run)
        self._orders.put(order)
        order.done.wait()

    def _work(self) -> None:
        look_at = time.monotonic()
        while True:
            try:
                order = self._orders.get(timeout=max(0.0, look_at - time.monotonic()))
            except queue.Empty:
                self._look()
                look_at = time.monotonic() + _LOOK_S
                continue
            order.run()
            order.done.set()
            look_at = time.monotonic()  # but after the orders that wait: elections wait for gates

    def _choose(self, choice: Choice, host: str | None) -> None:
        servers = {(choice.backend, each): each == host for each in choice.hosts}
        self._wanted.update(servers)
        if choice.gate:
            self._gates.add(choice.backend)
        unused = [each for each, use in servers.items() if not use]
        closing = (line for each in unused for line in close(each, self._gates))
        opening = (line for each, use in servers.items() if use for line in ready(each))
        self._insist([*closing, *opening])
        if not choice.gate:
            self._cut_until = time.monotonic() + _CUT_FOR_S
        self._chosen[choice] = host

    def _insist(self, commands: Iterable[str]) -> None:
        """Until haproxy has done it, or is not running: it starts with all of this disabled."""
        commands = list(commands)
        refused, silent = "", 0
        while True:
            try:
                self._admin.change(commands)
                return
            except NotRunningError:
                return
            except SilentError:
                silent += 1
                if silent % _HUNG == 0:
                    self._kill()
            except RefusedError as error:
                if str(error) != refused:
                    refused = str(error)
                    self._log("failed", f"haproxy refuses: {refused}")
                time.sleep(_AGAIN_S)

    def _kill(self) -> None:
        """A hung haproxy could wake up with the gate open, and all elections wait for this one.
        systemd starts it again, closed."""
        self._log("failed", "haproxy hangs: killed")
        with suppress(FailedError):
            run(["systemctl", "kill", "--signal=KILL", _UNIT])

    def _set_present(self, hosts: frozenset[str] | None) -> None:
        self._present = hosts

    def _look(self) -> None:
        """Correct what is not as wanted. Whatever fails is tried again at the next look."""
        try:
            seen = parse_servers(self._admin.ask(["show servers state"]))
            in_use = {server: each.in_use for server, each in seen.items()}
            wanted = {**self._spread(in_use), **self._wanted}
            commands = corrections(in_use, wanted, self._gates)
            if commands:
                self._admin.change(commands)
                self._log("corrected", "haproxy was not as wanted: " + "; ".join(commands))
            down = {server for server, each in seen.items() if not each.up}
            down |= {server for server, use in wanted.items() if not use}
            if not down <= self._down:
                self._cut_until = time.monotonic() + _CUT_FOR_S
            self._down = down
            if time.monotonic() < self._cut_until and self._orders.empty():
                self._end_sessions(down)
        except (NotRunningError, RefusedError):
            return

    def _end_sessions(self, servers: Collection[Server]) -> None:
        ending = cuts(self._admin.ask(["show sess"]), servers)
        if ending:
            self._admin.ask(ending)

    def _spread(self, actual: Iterable[Server]) -> dict[Server, bool]:
        """Servers of backends over hosts are in use while their host is there."""
        return {
            (backend, server): self._present is None or self._host(server) in self._present
            for backend, server in actual
            if backend in self._config.spread
        }

    def _host(self, server: str) -> str:
        """Of a server named <host>, or <host>-<instance>."""
        return server if server in self._hosts else server.rpartition("-")[0]

"""Who is there, and what they say: views and totally ordered messages over corosync.

Only members that the configuration names count. While corosync is away the view is empty; the
connection is tried again by and by. Nothing here blocks.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .cpg import BusyError, CpgError, Group, Members, Message, Ring
from .view import View

GROUP = "holdfast"
_RETRY_S = 0.1
_BUSY_S = 0.003


@dataclass(frozen=True)
class Heard:
    """A message, and the host that sent it."""

    sender: str
    payload: bytes


def empty_view() -> View:
    return View(ring=(0, 0), members=(), nonce=_nonce())


class Membership:
    """`poll` after `fileno` became readable, or after `wait_s`; it yields views and messages."""

    def __init__(self, host: str, node_ids: Mapping[str, int]) -> None:
        self._host = host
        self._hosts = {number: name for name, number in node_ids.items()}
        self._group: Group | None = None
        self._outbox: deque[bytes] = deque()
        self._view = empty_view()
        self._ring: tuple[int, int] = (0, 0)
        self._members: tuple[str, ...] = ()
        self._nodes: tuple[str, ...] = ()
        self._stale = False
        self._busy = False
        self._retry_at = 0.0

    @property
    def nodes(self) -> tuple[str, ...]:
        """The hosts in the ring of the last view, also those that have no member there."""
        return self._nodes

    def fileno(self) -> int | None:
        return None if self._group is None else self._group.fileno()

    @property
    def wait_s(self) -> float:
        """How long nothing is to be done if corosync is silent."""
        if self._group is None:
            return max(0.0, self._retry_at - time.monotonic())
        return _BUSY_S if self._busy or self._outbox else 3600.0

    def send(self, payload: bytes) -> None:
        """Goes out now or when corosync is ready; never, if corosync is away: a new view will
        make every word out of date then."""
        if self._group is not None:
            self._outbox.append(payload)

    def poll(self) -> Iterator[View | Heard]:
        self._busy = False
        try:
            if self._group is None:
                self._connect()
            if self._group is not None:
                yield from self._read(self._group)
                self._flush(self._group)
        except BusyError:
            self._busy = True
        except CpgError:
            yield from self._lose()

    def flush(self) -> None:
        """Send what is waiting, as far as corosync takes it."""
        try:
            if self._group is not None:
                self._flush(self._group)
        except CpgError:
            pass  # busy: later; gone: poll will notice

    def leave(self) -> None:
        if self._group is not None:
            self._group.close()
            self._group = None

    def _connect(self) -> None:
        if time.monotonic() < self._retry_at:
            return
        self._retry_at = time.monotonic() + _RETRY_S
        self._group = Group(GROUP)
        self._group.join()

    def _lose(self) -> Iterator[View]:
        self.leave()
        self._outbox.clear()
        self._stale = False
        if self._view.members:
            self._view = empty_view()
            yield self._view

    def _read(self, group: Group) -> Iterator[View | Heard]:
        group.join()
        for event in group.read():
            if isinstance(event, Message):
                # A word belongs to the view before or after it, never to one half announced.
                yield from self._refresh()
                if event.node_id in self._hosts:
                    yield Heard(self._hosts[event.node_id], event.payload)
            else:
                self._note(event)
        yield from self._refresh()

    def _note(self, event: Members | Ring) -> None:
        self._stale = True
        if isinstance(event, Ring):
            self._ring = (event.representative, event.sequence)
            self._nodes = self._named(event.node_ids)
        else:
            self._members = self._named(event.node_ids)

    def _named(self, node_ids: tuple[int, ...]) -> tuple[str, ...]:
        return tuple(self._hosts[number] for number in node_ids if number in self._hosts)

    def _refresh(self) -> Iterator[View]:
        if self._stale and self._host in self._members:
            self._stale = False
            self._view = View(ring=self._ring, members=self._members, nonce=_nonce())
            yield self._view

    def _flush(self, group: Group) -> None:
        while self._outbox:
            group.send(self._outbox[0])
            self._outbox.popleft()


def _nonce() -> str:
    return secrets.token_hex(4)

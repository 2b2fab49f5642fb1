"""Does a shard's work, one piece after the other, in a thread of its own."""

from __future__ import annotations

import math
import os
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..commands import Cancel, FailedError
from ..durable import save
from ..log import Log
from .nodes import strangers
from .protocol import (
    Done,
    Durable,
    Fence,
    Follow,
    Grant,
    Look,
    Place,
    Promote,
    Serve,
    Start,
    Work,
    Yield,
)
from .resp import ReplyError
from .server import Facts, Server, place_of

_POLL_S = 0.01
_AGAIN_S = 1.0
"""Between attempts to replicate."""
_SYNC_S = 5.0
"""The same while it follows whom it should, and only has no link yet: Redis tries again once a
second by itself, and an attempt of ours would end a copy that is under way."""
_STUBBORN_S = 5.0
"""After this, a member that goes on calling itself primary, though another one is, is killed."""

_ERRORS = (FailedError, ReplyError, OSError, ValueError, LookupError)


@dataclass
class Worker:
    """`durable` is what is on disk; `done` is called from the worker's thread, as is `noted`, with
    what the server was seen to be."""

    server: Server
    path: Path
    durable: Durable
    log: Log
    done: Callable[[Done], None]
    noted: Callable[[Facts | None], None]
    _queue: queue.SimpleQueue[tuple[Work | None, Cancel]] = field(default_factory=queue.SimpleQueue)
    _cancel: Cancel = field(default_factory=Cancel)
    _beat: int | None = None

    def start(self) -> None:
        name = f"worker-{self.server.shard.name}"
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def begin(self, work: Work) -> None:
        """Instead of whatever is under way."""
        self._cancel.set()
        self._cancel = Cancel()
        self._queue.put((work, self._cancel))

    def look_after(self, primary_of: int | None) -> None:
        """Between two pieces of work: see how things are, and keep small things in order."""
        self._beat = primary_of
        self._queue.put((None, self._cancel))

    def _work(self) -> None:
        while True:
            work, cancel = self._queue.get()
            if work is None:
                self._upkeep()
            else:
                self.done(self._result(work, cancel))

    def _result(self, work: Work, cancel: Cancel) -> Done:
        try:
            cancel.check()
            done = self._do(work, cancel)
        except _ERRORS as error:
            done = Done(work.number, ok=False, why=str(error) or repr(error))
        return replace(done, durable=self.durable)

    def _do(self, work: Work, cancel: Cancel) -> Done:
        done = Done(work.number, ok=True)
        match work:
            case Look():
                return replace(done, claim=self._claim())
            case Yield(term=term):
                return self._yield(done, term)
            case Grant(term=term, primary=primary):
                self._promise(term)
                if self.server.pid() is not None:
                    self.server.open(primary)
            case Promote(term=term, gently=gently):
                self._promote(term, gently, cancel)
            case Follow():
                self._follow(work, cancel)
            case Serve(term=term):
                self._promise(term, complete=True)
                self.server.serve()
            case Fence():
                if self.server.pid() is not None:
                    self.server.fence()
            case Start():
                self.server.start(cancel, self.server.shard.start_s)
                return self._reach(done)
        return done

    def _claim(self) -> int:
        """The term in which the local server is primary; 0 also if that is not certain."""
        try:
            facts, place = self.server.read()
        except (ReplyError, OSError):
            return 0
        return place.term if facts.primary and place is not None else 0

    def _yield(self, done: Done, term: int) -> Done:
        """Rule 3, in this order. A server that does not answer has not promised: it abstains."""
        self._promise(term)
        try:
            self.server.shut()
            return self._reach(done)
        except (ReplyError, OSError):
            return replace(done, complete=False, why="the server does not answer")

    def _reach(self, done: Done) -> Done:
        """Rule 4: data are whole if they have been in step, and are there. A node whose slots the
        cluster has given to another does not read them (MOVED): nothing is missed if its data
        never counted, else it is not known how far they reach."""
        try:
            facts, place = self.server.read()
        except ReplyError:
            if self.durable.complete:
                raise
            return replace(done, empty=True, fresh=True)
        fresh, there = not self.durable.complete, place is not None and not facts.loading
        return replace(
            done,
            place=place_of(place),
            complete=there and not fresh,
            empty=not facts.loading and (fresh or place is None),
            fresh=fresh,
        )

    def _promise(self, term: int, *, complete: bool = False) -> None:
        """On disk before anything else. Never less than before."""
        wanted = Durable(max(self.durable.promised, term), self.durable.complete or complete)
        if wanted == self.durable:
            return
        try:
            save(self.path, wanted)
        except OSError as error:
            self.log("failed", f"a promise cannot be kept on disk: {error}")
            os._exit(3)
        self.durable = wanted

    # --- becoming primary ------------------------------------------------------------------------

    def _promote(self, term: int, gently: bool, cancel: Cancel) -> None:
        facts = self.server.facts()
        first = Place(term, 1, 0)
        if gently:
            self._receive(cancel)
        elif not facts.primary:
            self.server.take_over(first)
        else:
            self.server.serve()
        self._own(self.server.facts())
        self._insist(first, cancel)
        self._promise(term, complete=True)

    def _receive(self, cancel: Cancel) -> None:
        """Redis' own way: the primary holds its clients until all it has is here. The first pulse
        of the term comes after others' writes may have come, which is good enough, since the old
        primary has none that are not here."""
        self.server.receive()
        deadline = time.monotonic() + self.server.shard.handover_s
        while not self.server.facts().primary:
            if time.monotonic() > deadline:
                raise FailedError("the primary has not handed over")
            cancel.pause(_POLL_S)

    def _own(self, facts: Facts) -> None:
        shard = self.server.shard
        myself = facts.nodes[shard.node(shard.me)]
        missing = sorted(set(range(shard.first, shard.last + 1)) - myself.slots)
        if missing:
            self.log("claimed", f"{len(missing)} slots that nobody had handed down")
            self.server.claim(missing)

    def _insist(self, first: Place, cancel: Cancel) -> None:
        """Until the cluster takes writes for this shard: it may still look for its majority."""
        deadline = time.monotonic() + self.server.shard.start_s
        while True:
            try:
                self.server.pulse(first)
                return
            except ReplyError:
                if time.monotonic() > deadline:
                    raise
            cancel.pause(_POLL_S)

    # --- following -------------------------------------------------------------------------------

    def _follow(self, work: Follow, cancel: Cancel) -> None:
        shard, server = self.server.shard, self.server
        self._promise(work.term)
        server.start(cancel, shard.start_s)
        server.open(work.primary)
        node, began = shard.node(work.primary), time.monotonic()
        tried, again = -math.inf, 0.0
        while True:
            facts = server.facts()
            linked = facts.follows == node and facts.linked
            if linked and self._reaches(work.term):
                break
            patience = _SYNC_S if facts.follows == node else again
            if not linked and time.monotonic() >= tried + patience:
                tried, again = time.monotonic(), _AGAIN_S if self._replicate(node) else _POLL_S
            if facts.primary and time.monotonic() > began + _STUBBORN_S:
                self.log("killed", f"it goes on as primary, though {work.primary} is")
                server.stop()
                raise FailedError("it would not follow")
            cancel.pause(_POLL_S)
        self._promise(work.term, complete=True)

    def _reaches(self, term: int) -> bool:
        """Not known while this node has not heard yet whose the slots are."""
        try:
            _, place = self.server.read()
        except ReplyError:
            return False
        return place_of(place).term >= term

    def _replicate(self, node: str) -> bool:
        """Refused as long as the server does not know that this node is primary, and it is not."""
        (reply,) = self.server.all([("CLUSTER", "REPLICATE", node)])
        return not isinstance(reply, Exception)

    # --- once a second ---------------------------------------------------------------------------

    def _upkeep(self) -> None:
        try:
            facts, place = self.server.read()
            if facts.primary and place is not None and place.term == self._beat:
                self.server.pulse(replace(place, pulse=place.pulse + 1))
            for peer in strangers(self.server.shard, facts.nodes):
                self.server.all([("CLUSTER", "MEET", peer.address, peer.port, peer.bus_port)])
            self.noted(facts)
        except ReplyError:
            self.noted(None)
        except OSError:
            # Silence of a server that is there says nothing: whether it hangs, its health tells.
            if self.server.pid() is None:
                self.noted(None)
        except (ValueError, LookupError) as error:
            self.log("failed", f"the server cannot be understood: {error}")
            self.noted(None)

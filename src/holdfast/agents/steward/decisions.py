"""What a keeper has decided, and why: for the log, for `holdfast status`, and for who waits."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from .log import Log

GOES_ON = "it goes on by itself, as soon as a majority of its members is here"
"""Why an engine without a bootstrap refuses one."""

_REMEMBERED = 20


class Decisions:
    """`refused`: the last request of this host to be relieved has been turned down."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._last: deque[dict[str, Any]] = deque(maxlen=_REMEMBERED)
        self.refused = False

    def say(self, what: str, why: str, term: int) -> None:
        """`what` is one word."""
        self.refused = self.refused or what == "refused"
        self._last.append({"at": time.time(), "what": what, "why": why})
        self._log(what, why, term=term)

    def last(self) -> list[dict[str, Any]]:
        """The last ones, the newest at the end, as `Keeper.status` has them."""
        return list(self._last)

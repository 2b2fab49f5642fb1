"""One JSON object per line to the journal: what happened, where, and why."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Log:
    """Writes lines for one host, and for one datastore if it is named."""

    host: str
    datastore: str | None = None

    def of(self, datastore: str) -> Log:
        return Log(self.host, datastore)

    def __call__(self, event: str, why: str = "", **facts: object) -> None:
        """`event` is one word. `at` is Unix time in seconds: the journal stamps lines when it reads
        them, which may be later."""
        line: dict[str, object] = {
            "event": event,
            "at": round(time.time(), 4),
            "host": self.host,
            "why": why,
        }
        if self.datastore is not None:
            line["datastore"] = self.datastore
        line.update({name: value for name, value in facts.items() if value is not None})
        # One write per line, so that threads never mix theirs.
        sys.stdout.write(json.dumps(line, separators=(",", ":"), default=str) + "\n")
        sys.stdout.flush()

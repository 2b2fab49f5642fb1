"""What happened, in order, on one clock: written to timeline.jsonl before anything is computed.

Times are seconds of the operator's CLOCK_REALTIME (Unix time); hosts' own log times are shifted
by the offset measured at the start of the drill. The first line is the Header.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Outcome(StrEnum):
    """OK: acknowledged. FAIL: certainly not done. UNKNOWN: no answer, or one that proves nothing;
    it never counts as good."""

    OK = "ok"
    FAIL = "fail"
    UNKNOWN = "unknown"


class Header(Line):
    """`system`, what was drilled, and the clock: `offsets` in seconds per host, host minus
    operator, each good to `offset_errors`."""

    drill: str
    victim: str
    victim_host: str
    system: str
    timers: str
    started_at: float
    objectives: dict[str, float]
    """Outage objective in seconds by probe name."""
    periods: dict[str, float]
    """Probe period in seconds by probe name."""
    offsets: dict[str, float] = {}
    offset_errors: dict[str, float] = {}
    machine: dict[str, str] = {}


class Event(Line):
    """Something that happened. `kind` is one word, such as cut, view, elected, promoted, routed,
    healed; `source` is the part that said it, such as lab, corosync, steward, probe."""

    at: float
    source: str
    kind: str
    host: str = ""
    detail: str = ""


class Sample(Line):
    """One probe operation. `intended`, `sent`, `done`: the schedule, and what came of it.
    `key` names the write, where it was one."""

    probe: str
    intended: float
    sent: float
    done: float
    outcome: Outcome
    key: str = ""
    detail: str = ""


class Audit(Line):
    """After the heal: which of the acknowledged keys a member lacks. `found` and `missing` count
    acknowledged keys; `complete` False means that the member could not be asked in full."""

    probe: str
    host: str
    found: int
    missing: int
    complete: bool
    missing_keys: tuple[str, ...] = ()

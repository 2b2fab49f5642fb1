"""What happened, in order, on one clock: written to timeline.jsonl before anything is computed.

Times are seconds of the operator's CLOCK_REALTIME (Unix time); hosts' own log times are shifted
by the offset measured at the start of the drill. The first line is the Header.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from holdfast.errors import InputError


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
    operator, each good to `offset_errors`; an offset smaller than its error is written as 0."""

    line: Literal["header"] = "header"
    drill: str
    victim: str
    victim_host: str
    was: str = ""
    """What the victim's host did before the fault, such as `primary of accounts`."""
    system: str
    timers: str
    started_at: float
    objectives: dict[str, float]
    """Outage objective in seconds by probe name."""
    periods: dict[str, float]
    """Probe period in seconds by probe name."""
    groups: dict[str, str] = {}
    """What a probe asks for, whichever way it enters: probes of one group do the same."""
    lost_writes: int = 0
    """How many acknowledged writes may be missing afterwards."""
    excused: tuple[str, ...] = ()
    """Probes whose entry point is the victim itself: measured, not held against the objective."""
    timer_values: dict[str, float] = {}
    """The timers in force, such as corosync.token_ms."""
    offsets: dict[str, float] = {}
    offset_errors: dict[str, float] = {}
    machine: dict[str, str] = {}
    endpoint: str = ""
    """Of a cluster: how its API is reached, such as `per-node haproxy`."""
    node_agent: bool = False
    """Of a cluster: whether its nodes' agents act on a lost node."""

    def timer(self, name: str) -> str:
        """A timer by its name, with its value where the run knows it."""
        value = self.timer_values.get(name)
        return name if value is None else f"{name}={value:g}"


class Event(Line):
    """Something that happened. `kind` is one word, such as fault, view, elected, promoted, routed,
    healed; `source` is the part that said it, such as drill, corosync, steward, keepalived;
    `about` names the datastore, service or address concerned."""

    line: Literal["event"] = "event"
    at: float
    source: str
    kind: str
    host: str = ""
    detail: str = ""
    about: str = ""


class Sample(Line):
    """One probe operation. `intended`, `sent`, `done`: the schedule, and what came of it.
    `key` names the write, where it was one."""

    line: Literal["sample"] = "sample"
    probe: str
    intended: float
    sent: float
    done: float
    outcome: Outcome
    key: str = ""
    detail: str = ""


UNASKED = "not asked: its turn came after its deadline"
"""The detail of a question that found no lane in time: those that took the lanes tell why."""


class Audit(Line):
    """After the heal: which of the acknowledged keys a member lacks. `found` and `missing` count
    acknowledged keys; `complete` False means that the member could not be asked in full."""

    line: Literal["audit"] = "audit"
    probe: str
    host: str
    found: int
    missing: int
    complete: bool
    missing_keys: tuple[str, ...] = ()


FAULT, STRUCK, STALLED = "fault", "struck", "stalled"
HEALING, HEALED = "healing", "healed"
RECOVERED, UNRECOVERED, ABORTED = "recovered", "unrecovered", "aborted"
"""Kinds of the drill's own events (source DRILL); measuring reads these."""
DRILL = "drill"

_STALL = re.compile(r"([\d.]+) s$")


def stall(seconds: float) -> str:
    """The detail of a STALLED event: for so long, until then, we did not run ourselves."""
    return f"the probes had no CPU for {seconds:.2f} s"


def stalled_s(detail: str) -> float:
    """The seconds of such a detail."""
    found = _STALL.search(detail)
    return float(found[1]) if found else 0.0


@dataclass(frozen=True)
class Timeline:
    """A run, each kind of line in order of time."""

    header: Header
    events: tuple[Event, ...]
    samples: tuple[Sample, ...]
    audits: tuple[Audit, ...]

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Timeline:
        """Sort lines of any order. Raises InputError unless there is exactly one header."""
        kept = list(lines)
        headers = [line for line in kept if isinstance(line, Header)]
        if len(headers) != 1:
            raise InputError(f"a timeline has one header, this one has {len(headers)}")
        return cls(
            header=headers[0],
            events=tuple(sorted((e for e in kept if isinstance(e, Event)), key=lambda e: e.at)),
            samples=tuple(
                sorted((s for s in kept if isinstance(s, Sample)), key=lambda s: (s.done, s.sent))
            ),
            audits=tuple(a for a in kept if isinstance(a, Audit)),
        )

    def moment(self, kind: str) -> float | None:
        """When the drill itself first did `kind`."""
        return next((e.at for e in self.events if (e.source, e.kind) == (DRILL, kind)), None)

    @property
    def stalls(self) -> tuple[tuple[float, float], ...]:
        """From when until when we did not run ourselves."""
        told = (e for e in self.events if (e.source, e.kind) == (DRILL, STALLED))
        return tuple((e.at - stalled_s(e.detail), e.at) for e in told)


_LINE: TypeAdapter[Line] = TypeAdapter(
    Annotated[Header | Event | Sample | Audit, Field(discriminator="line")]
)


def read(text: str) -> Timeline:
    """A timeline from its JSON lines.

    A broken last line is dropped: a run that was killed leaves one. Raises InputError for any
    other, with its number.
    """
    rows = text.splitlines()
    lines = []
    for number, row in enumerate(rows, start=1):
        try:
            lines.append(_LINE.validate_json(row))
        except ValidationError as error:
            if number < len(rows):
                raise InputError(
                    f"timeline line {number} is not one: {error.errors()[0]['msg']}",
                    hint="a timeline is written by `holdfast drill`; restore it from the run",
                ) from error
    return Timeline.of(lines)

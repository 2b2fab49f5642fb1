"""What a load run keeps: a header, then one short line per request. Pure.

Times of rows are whole microseconds since `started_at`, which is Unix time in seconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, NamedTuple

from holdfast.drill.timeline import Outcome
from holdfast.errors import InputError

FILE = "load.jsonl"


@dataclass(frozen=True)
class Header:
    """`rate` in requests per second; `seconds` that were asked for, 0 where nobody knew before.
    `members`: by layer, everybody who could have answered; `limits`: by layer, how much more than
    the mean its busiest member may have (0.01 is 1 %)."""

    system: str
    rate: float
    seconds: float
    started_at: float
    parts: tuple[str, ...]
    vips: tuple[str, ...]
    deadline: float
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)


class Row(NamedTuple):
    """`part` and `vip` count in the header's lists. `intended`: when it was due; `began`: when we
    got round to it; `sent`: when there was a connection for it; `done`. `gateway` and `served_by`
    are who answered, in their own words; `error` is "" for a good answer."""

    part: int
    vip: int
    intended: int
    began: int
    sent: int
    done: int
    outcome: Outcome
    gateway: str = ""
    served_by: str = ""
    error: str = ""


@dataclass(frozen=True)
class Effort:
    """Our own: processor seconds used by this process, and seconds that passed meanwhile."""

    cpu_s: float
    wall_s: float


@dataclass(frozen=True)
class Recording:
    """`counters`: by layer and member, what the system's own counters have counted meanwhile, None
    where they could not be read or began anew. `primaries`: by datastore, who played it."""

    header: Header
    rows: tuple[Row, ...]
    effort: Effort | None = None
    counters: Mapping[str, Mapping[str, int] | None] = field(default_factory=dict)
    primaries: Mapping[str, str] = field(default_factory=dict)


def lines(recording: Recording) -> Iterator[str]:
    """The file, line by line, without line ends."""
    yield json.dumps({"header": asdict(recording.header)})
    for row in recording.rows:
        yield json.dumps(row, separators=(",", ":"))
    if recording.effort is not None:
        yield json.dumps({"effort": asdict(recording.effort)})
    yield json.dumps({"counters": recording.counters, "primaries": recording.primaries})


def read(text: str) -> Recording:
    """From the file's text; a broken last line is dropped. Raises InputError for anything else
    that is not one of ours."""
    found: Recording | None = None
    rows: list[Row] = []
    every = text.splitlines()
    for number, line in enumerate(every, start=1):
        try:
            said = json.loads(line)
            if isinstance(said, list):
                rows.append(_row(said))
            elif "header" in said:
                found = Recording(_header(said["header"]), ())
            elif found is not None:
                found = _completed(found, said)
        except (ValueError, TypeError, KeyError) as error:
            if number < len(every):
                raise InputError(f"line {number} is no line of a load run: {error}") from error
    if found is None:
        raise InputError("a load run begins with its header, this one does not")
    return replace(found, rows=tuple(rows))


def _row(said: list[Any]) -> Row:
    row = Row(*said)
    return row._replace(outcome=Outcome(row.outcome))


def _header(said: Mapping[str, Any]) -> Header:
    members = {layer: tuple(names) for layer, names in said["members"].items()}
    parts, vips = tuple(said["parts"]), tuple(said["vips"])
    return Header(**{**said, "parts": parts, "vips": vips, "members": members})


def _completed(found: Recording, said: Mapping[str, Any]) -> Recording:
    if "effort" in said:
        return replace(found, effort=Effort(**said["effort"]))
    return replace(found, counters=said["counters"], primaries=said["primaries"])


def between(rows: Iterable[Row], since: float, until: float) -> tuple[Row, ...]:
    """Rows that were due in [since, until), in seconds on the rows' clock."""
    return tuple(row for row in rows if since <= row.intended / 1e6 < until)

"""Everything that a load run comes down to, and the verdict. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from holdfast.drill.timeline import Outcome
from holdfast.drill.verdict import Judgement, Verdict, worst
from holdfast.load.evenness import Layer, layers
from holdfast.load.latency import Latency, latency, percentile
from holdfast.load.rows import Recording, Row

LATE_MS = 20.0
"""A generator that gets round to a request later than this, once in a hundred times, measures
itself."""
BUSY = 0.9
"""Of one processor: a generator that uses more has nothing left to be on time with."""


@dataclass(frozen=True)
class Served:
    """What became of requests. `errors` by kind, the most frequent first."""

    asked: int
    good: int
    failed: int
    unknown: int
    errors: dict[str, int]
    latency: Latency | None


@dataclass(frozen=True)
class Generator:
    """Ourselves: requests per second really begun; how late we got round to them (99th percentile,
    milliseconds); how much of a processor we used (None: not told); how long requests waited for
    one of their kept connections."""

    rate: float
    late_ms: float
    busy: float | None
    queued_ms: float


@dataclass(frozen=True)
class LoadSummary:
    recording: Recording
    all: Served
    parts: dict[str, Served]
    generator: Generator
    layers: tuple[Layer, ...]
    answered: Judgement
    ourselves: Judgement

    @property
    def overall(self) -> Verdict:
        shared = (layer.judged.verdict for layer in self.layers if layer.limit is not None)
        return worst((self.answered.verdict, self.ourselves.verdict, *shared))

    @property
    def held(self) -> bool:
        return self.overall is Verdict.HELD


def summarise(recording: Recording) -> LoadSummary:
    rows, header = recording.rows, recording.header
    everything = served(rows)
    parts = {
        name: served([row for row in rows if row.part == number])
        for number, name in enumerate(header.parts)
    }
    generator = effort_of(recording)
    return LoadSummary(
        recording=recording,
        all=everything,
        parts=parts,
        generator=generator,
        layers=layers(recording),
        answered=_answered(everything),
        ourselves=_ourselves(generator, header.rate),
    )


def served(rows: Sequence[Row]) -> Served:
    outcomes = Counter(row.outcome for row in rows)
    errors = Counter(row.error for row in rows if row.outcome is not Outcome.OK)
    return Served(
        asked=len(rows),
        good=outcomes[Outcome.OK],
        failed=outcomes[Outcome.FAIL],
        unknown=outcomes[Outcome.UNKNOWN],
        errors=dict(errors.most_common()),
        latency=latency(rows),
    )


def effort_of(recording: Recording) -> Generator:
    """What it cost us, and how well we kept to the schedule."""
    rows, effort = recording.rows, recording.effort
    late = sorted((row.began - row.intended) / 1000 for row in rows)
    queued = sorted((row.sent - row.began) / 1000 for row in rows)
    took = max((row.began for row in rows), default=0) - min((r.began for r in rows), default=0)
    return Generator(
        rate=(len(rows) - 1) / (took / 1e6) if took else 0.0,
        late_ms=percentile(late, 99) if late else 0.0,
        busy=None if effort is None or not effort.wall_s else effort.cpu_s / effort.wall_s,
        queued_ms=percentile(queued, 99) if queued else 0.0,
    )


def _answered(all_of_them: Served) -> Judgement:
    if not all_of_them.asked:
        return Judgement(Verdict.UNKNOWN, "nothing was asked")
    if all_of_them.failed:
        return Judgement(Verdict.BROKEN, f"{all_of_them.failed} requests failed")
    if all_of_them.unknown:
        return Judgement(Verdict.UNKNOWN, f"{all_of_them.unknown} requests had no answer")
    return Judgement(Verdict.HELD, "every request was answered")


def _ourselves(generator: Generator, rate: float) -> Judgement:
    """Whether what was measured is the system's doing, or the generator's own."""
    if generator.late_ms > LATE_MS:
        why = f"the generator was {generator.late_ms:.0f} ms late: ask for less"
        return Judgement(Verdict.UNKNOWN, why)
    if generator.busy is None:
        return Judgement(Verdict.UNKNOWN, "nobody knows how busy the generator was")
    if generator.busy > BUSY:
        return Judgement(Verdict.UNKNOWN, f"the generator was {generator.busy:.0%} busy")
    if generator.rate < rate * 0.99:
        return Judgement(Verdict.UNKNOWN, f"only {generator.rate:.0f}/s of {rate:g}/s were asked")
    return Judgement(Verdict.HELD, "the generator was on time")


def document(summary: LoadSummary) -> dict[str, Any]:
    """load.json: the result for programs. Keys are only ever added; null is what nobody knows."""
    header = summary.recording.header
    return {
        "system": header.system,
        "started_at": datetime.fromtimestamp(header.started_at, UTC).isoformat("T", "milliseconds"),
        "rate": header.rate,
        "seconds": header.seconds,
        "verdict": summary.overall.value,
        "answered": _judgement(summary.answered),
        "generator": {**asdict(summary.generator), **_judgement(summary.ourselves)},
        **told(summary.all),
        "parts": {name: told(part) for name, part in summary.parts.items()},
        "layers": {layer.name: _layer(layer) for layer in summary.layers},
        "primaries": dict(summary.recording.primaries),
    }


def told(part: Served) -> dict[str, Any]:
    """Counts, errors and latencies in milliseconds."""
    return {
        "asked": part.asked,
        "good": part.good,
        "failed": part.failed,
        "unknown": part.unknown,
        "errors": part.errors,
        "latency_ms": None if part.latency is None else asdict(part.latency),
    }


def _layer(layer: Layer) -> dict[str, Any]:
    return {
        "seen": None if layer.seen is None else dict(layer.seen),
        "counted": None if layer.counted is None else dict(layer.counted),
        "excess": layer.excess,
        "p": layer.p,
        "limit": layer.limit,
        **_judgement(layer.judged),
    }


def _judgement(judged: Judgement) -> dict[str, str]:
    return {"verdict": judged.verdict.value, "why": judged.why}

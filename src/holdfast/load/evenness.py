"""How evenly a layer's members shared the work: seen by the clients, and by the system's own
counters. Pure.

A layer is uneven when its busiest member has more above the mean than allowed, and fair dice would
do that less often than once in a hundred runs. Too much above the mean that may be chance is
unknown: it takes more requests to tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from holdfast.drill.timeline import Outcome
from holdfast.drill.verdict import Judgement, Verdict
from holdfast.load.chance import p_value
from holdfast.load.rows import Recording, Row

ADDRESS, GATEWAY, SERVICE = "address", "gateway", "service "
"""Names of layers; a service's is followed by the service's own name."""

SIGNIFICANCE = 0.01


@dataclass(frozen=True)
class Layer:
    """`seen` by clients and `counted` by the system, by member; None where nobody could tell.
    `limit` is None for a layer that nothing was promised of."""

    name: str
    seen: Mapping[str, int] | None
    counted: Mapping[str, int] | None
    limit: float | None
    judged: Judgement

    @property
    def shares(self) -> Mapping[str, int]:
        """The clients' view where there is one."""
        return (self.seen if self.seen is not None else self.counted) or {}

    @property
    def excess(self) -> float | None:
        return excess(self.shares)

    @property
    def p(self) -> float:
        return p_value(tuple(self.shares.values()))


def excess(shares: Mapping[str, int]) -> float | None:
    """How much more than the mean the busiest member has: max / mean - 1; None of nothing."""
    total = sum(shares.values())
    return max(shares.values()) * len(shares) / total - 1 if total else None


def layers(recording: Recording) -> tuple[Layer, ...]:
    """Every layer of which something is known, those that clients see first."""
    seen = _seen(recording)
    names = dict.fromkeys((*seen, *recording.counters))
    return tuple(_layer(name, seen.get(name), recording) for name in names)


def _layer(name: str, seen: Mapping[str, int] | None, recording: Recording) -> Layer:
    counted = recording.counters.get(name)
    limit = recording.header.limits.get(name)
    return Layer(name, seen, counted, limit, judge(seen, counted, limit))


def judge(
    seen: Mapping[str, int] | None, counted: Mapping[str, int] | None, limit: float | None
) -> Judgement:
    """Hold the clients' view, or else the system's own, against `limit`."""
    shares = seen if seen is not None else counted
    if limit is None:
        return Judgement(Verdict.HELD, "shown, not judged")
    above = excess(shares or {})
    if shares is None or above is None:
        return Judgement(Verdict.UNKNOWN, "nothing was counted")
    if seen is not None and counted is not None and (short := _short(seen, counted)):
        return Judgement(Verdict.UNKNOWN, f"its own counters know of fewer requests to {short}")
    if above <= limit:
        return Judgement(Verdict.HELD, "even")
    p = p_value(tuple(shares.values()))
    if p < SIGNIFICANCE:
        busiest = max(shares, key=lambda member: shares[member])
        return Judgement(Verdict.BROKEN, f"{busiest} has {above:.1%} more than the mean")
    return Judgement(Verdict.UNKNOWN, f"may be chance (p = {p:.2f}): more requests would tell")


def _short(seen: Mapping[str, int], counted: Mapping[str, int]) -> str:
    """Members whose own counters have counted less than clients had from them. More is no
    contradiction: others may have asked, and what failed was asked twice."""
    return " ".join(name for name, count in seen.items() if counted.get(name, 0) < count)


def _seen(recording: Recording) -> dict[str, Counter[str]]:
    """By layer, good answers by member; also of members from which nothing came."""
    header = recording.header
    found: dict[str, Counter[str]] = {}
    for row in recording.rows:
        if row.outcome is Outcome.OK:
            for layer, member in _answered(row, header.vips):
                found.setdefault(layer, Counter())[member] += 1
    for layer, counts in found.items():
        for member in header.members.get(layer, ()):
            counts.setdefault(member, 0)
    ordered = sorted(found, key=_outside_in)
    return {layer: Counter(dict(sorted(found[layer].items()))) for layer in ordered}


def _answered(row: Row, vips: tuple[str, ...]) -> Iterable[tuple[str, str]]:
    """Layer and member. Services sign their answers host/service/instance."""
    yield ADDRESS, vips[row.vip]
    if row.gateway:
        yield GATEWAY, row.gateway
    host, _, rest = row.served_by.partition("/")
    service, _, instance = rest.partition("/")
    if instance:
        yield SERVICE + service, f"{host}-{instance}"


def _outside_in(layer: str) -> tuple[int, str]:
    return ((ADDRESS, GATEWAY).index(layer) if layer in (ADDRESS, GATEWAY) else 2, layer)


def told(shares: Mapping[str, int]) -> Iterator[str]:
    """`n1 333` and so on."""
    return (f"{member} {count}" for member, count in shares.items())

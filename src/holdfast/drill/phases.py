"""How the time without service was made up: the milestones between the fault and the first
acknowledged write, each with the timer that it waits for.

The steward's and corosync's own words are the milestones (kinds of events); a milestone that was
not seen is left out, and its time falls to the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from holdfast.drill.timeline import FAULT, Event, Header, Outcome, Sample, Timeline


@dataclass(frozen=True)
class Phase:
    """`at_s` after the fault, `took_s` since the milestone before. `hosts` said it first to last.
    `timers` are the names, and values where the run knows them, of what was waited for."""

    name: str
    at_s: float
    took_s: float
    source: str
    hosts: tuple[str, ...]
    detail: str
    timers: tuple[str, ...]


@dataclass(frozen=True)
class _Milestone:
    name: str
    source: str
    kinds: tuple[str, ...]
    timers: tuple[str, ...] = ()
    seen_by_others: bool = False
    """What the victim's own host says of it does not count: it may be all alone."""


_MILESTONES = (
    _Milestone(
        "noticed",
        "steward",
        ("failed",),
        (
            "steward.process_poll_ms",
            "steward.probe_timeout_ms",
            "steward.probe_failures",
        ),
    ),
    _Milestone("membership", "corosync", ("members",), ("corosync.token_ms",), True),
    _Milestone("view", "steward", ("view",), (), True),
    _Milestone("promised", "steward", ("promise", "candidate")),
    _Milestone("elected", "steward", ("elected",)),
    _Milestone("promoted", "steward", ("promoted",)),
    _Milestone("marked", "steward", ("marked",)),
    _Milestone("serving", "steward", ("serving",)),
    _Milestone("routed", "steward", ("routed",)),
)


def phases(timeline: Timeline, about: str = "") -> tuple[Phase, ...]:
    """The milestones of the datastore that elected after the fault; empty when none did. Of several
    that did, the first, or the one that it is to be `about`."""
    fault = timeline.moment(FAULT)
    if fault is None:
        return ()
    later = [e for e in timeline.events if e.at >= fault and _concerns(e, about)]
    elected = _elected(later)
    if elected is None:
        return ()
    concerned = [e for e in later if e.about in ("", elected.about)]
    return _chained(
        fault, _reached(concerned, elected.at, timeline.header, fault), timeline, elected.about
    )


def _concerns(event: Event, about: str) -> bool:
    return not about or event.about in ("", about)


def _elected(events: Sequence[Event]) -> Event | None:
    """The election that was waited for: of several of one datastore, the last one before somebody
    serves. MySQL's members say once more who was, before they agree on who is."""
    said = [e for e in events if (e.source, e.kind) == ("steward", "elected")]
    if not said:
        return None
    own = [e for e in events if e.source == "steward" and e.about == said[0].about]
    served = next((e.at for e in own if e.kind == "serving" and e.at >= said[0].at), None)
    terms = {e.detail: e for e in reversed(own) if e.kind == "elected"}
    before = [e for e in terms.values() if served is None or e.at <= served]
    return max(before, key=lambda e: e.at, default=said[0])


def _reached(events: Sequence[Event], elected: float, header: Header, fault: float) -> list[Phase]:
    """Milestones in the order in which they were reached; those that lead to the election must
    precede it, and the others follow it."""
    found = []
    leading = True
    for milestone in _MILESTONES:
        if milestone.name == "elected":
            leading = False
        said = [
            e
            for e in events
            if e.source == milestone.source
            and e.kind in milestone.kinds
            and (e.at <= elected if leading else e.at >= elected)
            and not (milestone.seen_by_others and e.host == header.victim_host)
        ]
        if said:
            found.append(_phase(milestone, said, header, fault))
    return found


def _phase(milestone: _Milestone, said: Sequence[Event], header: Header, fault: float) -> Phase:
    """Promises count when the last one is there; everything else when it is first said."""
    decisive = said[-1] if milestone.name == "promised" else said[0]
    return Phase(
        name=milestone.name,
        at_s=decisive.at - fault,
        took_s=0.0,
        source=milestone.source,
        hosts=tuple(dict.fromkeys(e.host for e in said if e.host)),
        detail=decisive.detail,
        timers=tuple(header.timer(name) for name in milestone.timers),
    )


def _chained(
    fault: float, found: Iterable[Phase], timeline: Timeline, about: str
) -> tuple[Phase, ...]:
    """Sort by time, add the first acknowledged write, and tell how long each one took."""
    ordered = sorted(found, key=lambda phase: phase.at_s)
    ordered += _first_write(fault, ordered, _asked(timeline, about))
    chained: list[Phase] = []
    before = 0.0
    for phase in ordered:
        chained.append(replace(phase, took_s=max(0.0, phase.at_s - before)))
        before = max(before, phase.at_s)
    return tuple(chained)


def _asked(timeline: Timeline, about: str) -> Iterable[Sample]:
    """Questions to this datastore; where no probe says whom it asks, all."""
    groups = timeline.header.groups
    own = {probe for probe, group in groups.items() if group.partition(" ")[2] == about}
    return (s for s in timeline.samples if not own or s.probe in own)


def _first_write(fault: float, reached: Sequence[Phase], samples: Iterable[Sample]) -> list[Phase]:
    """The first write acknowledged after the promotion; where nobody is promoted, after somebody
    serves."""
    at = {phase.name: phase.at_s for phase in reached}
    since = fault + at.get("promoted", at.get("serving", 0.0))
    first = next(
        (s for s in samples if s.key and s.outcome is Outcome.OK and s.done >= since), None
    )
    if first is None:
        return []
    return [Phase("acknowledged", first.done - fault, 0.0, "probe", (), first.probe, ())]

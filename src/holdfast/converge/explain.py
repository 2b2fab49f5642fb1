"""Everything that one cut's timeline comes down to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.converge import kinds
from holdfast.converge.api import api, first_answer_s
from holdfast.converge.cut import Cut
from holdfast.converge.phases import Course
from holdfast.converge.service import service
from holdfast.drill.timeline import STALLED, Header, Timeline


@dataclass(frozen=True)
class Lost:
    """Questions that were not served, of those asked, and when the last of them ended, in seconds
    after the cut (None if all were served); what failed after a long calm had another cause."""

    bad: int
    asked: int
    last_s: float | None

    @property
    def share(self) -> float:
        return self.bad / self.asked if self.asked else 0.0


@dataclass(frozen=True)
class Explained:
    """`answered_s`: by group of probes, when the last client of it had its first good answer.
    `tail`: new connections to the API that were lost after kubectl had answered for the first time.
    `heard`: by long watch through the endpoint, when it first heard of anything after the node was
    called lost: what hangs on a dead API server hears nothing. `survivors`: by way, requests to
    the Service that lost one pod of several. `stalled`: how often we ourselves got no CPU."""

    header: Header
    api: Course
    service: Course
    answered_s: Mapping[str, float | None]
    tail: Lost | None
    heard: Mapping[str, float | None]
    survivors: Mapping[str, Lost]
    stalled: int

    @property
    def courses(self) -> tuple[Course, ...]:
        return (self.api, self.service)


def explain(timeline: Timeline) -> Explained:
    """Raises InputError for a run in which nothing was cut."""
    cut = Cut(timeline)
    groups = dict.fromkeys(timeline.header.groups.values())
    return Explained(
        header=timeline.header,
        api=api(cut),
        service=service(cut),
        answered_s={group: first_answer_s(cut, group) for group in groups},
        tail=_tail(cut),
        heard=_heard(cut),
        survivors={
            way: _lost(cut, kinds.way(kinds.WEB, way), cut.zero)
            for way in kinds.WAYS
            if cut.clients(kinds.way(kinds.WEB, way))
        },
        stalled=len(cut.said("drill", STALLED)),
    )


def _heard(cut: Cut) -> dict[str, float | None]:
    """Empty when the node was never called lost, or nobody watched."""
    lost = cut.said(kinds.NODE, kinds.LOST, about=cut.victim)
    if not lost:
        return {}
    watches = {
        (event.host, event.about)
        for event in cut.timeline.events
        if (event.source, event.kind) == (kinds.WATCH, kinds.OPENED) and event.at < cut.zero
    }
    found = {}
    for host, which in sorted(watches):
        told = cut.said(kinds.WATCH, kinds.TOLD, about=which, host=host, since=lost[0].at)
        found[f"{host}/{which}"] = cut.after(told[0].at) if told else None
    return found


def _tail(cut: Cut) -> Lost | None:
    """None if kubectl never answered."""
    answered = first_answer_s(cut, kinds.KUBECTL)
    return None if answered is None else _lost(cut, kinds.API, cut.zero + answered)


def _lost(cut: Cut, group: str, after: float) -> Lost:
    clients = cut.clients(group)
    bad = [sample for client in clients for sample in client.bad(after)]
    asked = sum(sample.sent > after for client in clients for sample in client.asked)
    ends = (client.last_bad(after) for client in clients)
    last = max((end for end in ends if end is not None), default=None)
    return Lost(len(bad), asked, cut.after(last))

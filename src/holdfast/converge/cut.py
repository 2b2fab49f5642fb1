"""One power cut, as its timeline tells it: who said what first, and what each client was told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from holdfast.converge import kinds
from holdfast.drill.timeline import (
    FAULT,
    HEALED,
    HEALING,
    STRUCK,
    UNASKED,
    Event,
    Outcome,
    Sample,
    Timeline,
)
from holdfast.errors import InputError

SLOW_S, KUBECTL_SLOW_S = 1.0, 5.0
"""An answer that took longer was held up, however good it was. kubectl is a program that has to be
started: while a busy machine starts pods, it takes up to four seconds over nothing."""

_QUIET_S = 2.5
"""Who failed so shortly before the end of a watch may fail again. A watch that ends by itself does
so when all was good for three seconds (converge/session)."""

_CALM_S = 30.0
"""Who was served as ever for so long is over it: what comes later is of another cause, such as
another's work on the same machine."""

_ALONE = tuple(kinds.way(kinds.SOLO, way) for way in kinds.WAYS)


@dataclass(frozen=True)
class Client:
    """One probe: its questions sent after the cut and before the heal, in order of sending. An
    answer that took longer than `slow_s` was held up. The node was dead from `dark` on: a good
    answer before may be its own. `dead` are those who answered before the cut, where that tells
    the dead pod from its replacement."""

    name: str
    asked: tuple[Sample, ...]
    slow_s: float
    dark: float
    dead: frozenset[str]

    @cached_property
    def first_good(self) -> Sample | None:
        """The first good answer to come back."""
        good = (s for s in self.asked if s.outcome is Outcome.OK and self._proves(s))
        return min(good, key=lambda sample: sample.done, default=None)

    def _proves(self, sample: Sample) -> bool:
        """That the other side lives. Who says who it is needs no time to be believed."""
        if sample.detail and self.dead:
            return sample.detail not in self.dead
        return sample.done >= self.dark

    def settled(self) -> float | None:
        """The moment from which on it was served as ever: nothing failed or was held up later.
        None when that did not come to an end within the watch."""
        troubled = [s for s in self.asked if self._troubled(s)]
        first = self._disturbed(troubled)
        if len(first) == len(troubled) and self._failing():
            return None
        last = max((s.done for s in first), default=float("-inf"))
        later = (s for s in self.asked if s.outcome is Outcome.OK and self._proves(s))
        return min((s.done for s in later if s.done >= last), default=None)

    def bad(self, after: float) -> tuple[Sample, ...]:
        """Questions sent later than that which were not served."""
        return tuple(s for s in self.asked if s.sent > after and s.outcome is not Outcome.OK)

    def last_bad(self, after: float) -> float | None:
        """When the last of those ended; None if all were served."""
        return max((s.done for s in self._disturbed(self.bad(after))), default=None)

    def _disturbed(self, troubled: Sequence[Sample]) -> Sequence[Sample]:
        """Of these, in order of sending, those before the first calm."""
        over = self.asked[0].sent if self.asked else 0.0
        for number, sample in enumerate(troubled):
            if sample.sent - over >= _CALM_S:
                return troubled[:number]
            over = max(over, sample.done)
        return troubled

    def _failing(self) -> bool:
        """To the very end."""
        failed = max((s.done for s in self.asked if s.outcome is not Outcome.OK), default=None)
        return failed is not None and max(s.done for s in self.asked) - failed < _QUIET_S

    def _troubled(self, sample: Sample) -> bool:
        return sample.outcome is not Outcome.OK or sample.done - sample.sent > self.slow_s


@dataclass(frozen=True)
class Cut:
    timeline: Timeline

    @property
    def victim(self) -> str:
        return self.timeline.header.victim_host

    @property
    def was(self) -> tuple[str, ...]:
        """The roles that the victim played."""
        return tuple(filter(None, self.timeline.header.was.split(", ")))

    @cached_property
    def zero(self) -> float:
        """Raises InputError for a run in which nothing was cut."""
        fault = self.timeline.moment(FAULT)
        if fault is None:
            raise InputError(
                "nothing was cut in this run", hint="it ended before; its timeline says why"
            )
        return fault

    @cached_property
    def ended(self) -> float:
        """When the watch ended: the heal, or the last line of a run that was broken off."""
        for kind in (HEALING, HEALED):
            moment = self.timeline.moment(kind)
            if moment is not None:
                return moment
        lines = [*(e.at for e in self.timeline.events), *(s.done for s in self.timeline.samples)]
        return max(lines)

    @property
    def watched_s(self) -> float:
        return self.ended - self.zero

    def after(self, moment: float | None) -> float | None:
        """Seconds after the cut."""
        return None if moment is None else moment - self.zero

    def said(
        self,
        source: str,
        *kinds: str,
        about: str | None = None,
        host: str | None = None,
        since: float | None = None,
    ) -> tuple[Event, ...]:
        """Events while the power was off, in order; what the victim's own host says of itself
        afterwards is none of it."""
        begin = self.zero if since is None else since
        return tuple(
            event
            for event in self.timeline.events
            if event.source == source
            and event.kind in kinds
            and begin <= event.at <= self.ended
            and (about is None or event.about == about)
            and (host is None or event.host == host)
        )

    def clients(self, group: str) -> tuple[Client, ...]:
        """The probes of a group, by name."""
        header = self.timeline.header
        names = (name for name in header.periods if header.groups.get(name, name) == group)
        return tuple(self._client(name) for name in sorted(names))

    def _client(self, name: str) -> Client:
        own = (s for s in self.timeline.samples if s.probe == name and s.detail != UNASKED)
        mine = sorted(own, key=lambda s: s.sent)
        group = self.timeline.header.groups.get(name, name)
        before = (s.detail for s in mine if s.done < self.zero and s.outcome is Outcome.OK)
        return Client(
            name=name,
            asked=tuple(s for s in mine if self.zero <= s.sent and s.done <= self.ended),
            slow_s=KUBECTL_SLOW_S if group == kinds.KUBECTL else SLOW_S,
            dark=self.timeline.moment(STRUCK) or self.zero,
            dead=frozenset(filter(None, before)) if group in _ALONE else frozenset(),
        )

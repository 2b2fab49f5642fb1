"""One power cut, as its timeline tells it: who said what first, and what each client was told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from holdfast.drill.timeline import FAULT, HEALED, HEALING, Event, Outcome, Sample, Timeline
from holdfast.errors import InputError

SLOW_S = 1.0
_SLOWER = 4
"""An answer was held up, however good it was, if it took longer than SLOW_S, and so many times as
long as the slowest one before the cut: a busy machine's kubectl is slow on good days, too."""


@dataclass(frozen=True)
class Client:
    """One probe: its questions sent after the cut and before the heal, in order of sending. An
    answer that took longer than `slow_s` was held up."""

    name: str
    asked: tuple[Sample, ...]
    slow_s: float

    @cached_property
    def first_good(self) -> Sample | None:
        """The first good answer to come back."""
        good = (sample for sample in self.asked if sample.outcome is Outcome.OK)
        return min(good, key=lambda sample: sample.done, default=None)

    def settled(self) -> float | None:
        """The moment from which on it was served as ever: nothing failed or was held up later.
        None when its last questions were not served."""
        troubled = [s for s in self.asked if self._troubled(s)]
        last = max((s.done for s in troubled), default=float("-inf"))
        later = [s.done for s in self.asked if s.outcome is Outcome.OK and s.done >= last]
        return min(later, default=None)

    def bad(self, after: float) -> tuple[Sample, ...]:
        """Questions sent later than that which were not served."""
        return tuple(s for s in self.asked if s.sent > after and s.outcome is not Outcome.OK)

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
        mine = sorted((s for s in self.timeline.samples if s.probe == name), key=lambda s: s.sent)
        before = max((s.done - s.sent for s in mine if s.done < self.zero), default=0.0)
        during = (s for s in mine if self.zero <= s.sent and s.done <= self.ended)
        return Client(name, tuple(during), max(SLOW_S, _SLOWER * before))

"""A business system on three machines loses a primary: how long until it writes again, and until
the lost host's virtual address answers. Steps are named as drills name their milestones."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from holdfast.converge.model.graph import FAULT, Either, Latest, Moment, Step, earliest, latest
from holdfast.converge.model.groups import Agreement, Detection, Hang, Suspicion, Vrrp
from holdfast.converge.model.laws import Fixed, Sometimes, Took, Uniform
from holdfast.converge.model.pace import MachinesPace
from holdfast.converge.model.story import Seen, Story
from holdfast.timers.model import Timers

Drill = Literal["power-off", "link-cut", "kill", "freeze", "handover"]
Engine = Literal["postgresql", "mysql", "redis"]

_HOSTS_LOST = ("power-off", "link-cut")
_LOOKS = ("steward.probe_interval_ms",)


@dataclass(frozen=True)
class Loss:
    """What happens to the primary of which engine, under which timers. `alone`: its host is the
    primary of nothing else; if not, all stores that it leads elect at once, on the same cores."""

    timers: Timers
    drill: Drill = "power-off"
    engine: Engine = "postgresql"
    alone: bool = True
    hosts: int = 3
    pace: MachinesPace = field(default_factory=MachinesPace)

    @property
    def title(self) -> str:
        whose = "a primary" if self.alone else "the host of all primaries"
        return f"{self.timers.profile}, {self.drill} of {whose} ({self.engine})"


def story(loss: Loss) -> Story:
    course = _COURSES[loss.engine](loss)
    served, since = course.served(), course.since
    answers = Step("service", served, loss.pace.service)
    seen = [
        Seen("write", "a client's write is acknowledged again", served, since),
        Seen("service", "a service that writes answers again, over HTTPS", answers, since),
    ]
    if loss.drill in _HOSTS_LOST:
        seen.append(Seen("edge", "the lost host's virtual address answers", course.edge()))
    return Story(loss.title, tuple(seen), milestones(served))


_MILESTONES = (
    "noticed",
    "membership",
    "view",
    "promised",
    "elected",
    "promoted",
    "marked",
    "serving",
    "routed",
    "acknowledged",
)
"""As `drill.phases` names them."""


def milestones(last: Moment) -> dict[str, Moment]:
    """The steps that lead to `last` and that drills tell of, by name; where several are waited for,
    those that lead to the first of them."""
    found: dict[str, Moment] = {}
    while isinstance(last, Step | Latest):
        if isinstance(last, Latest):
            last = last.of[0]
            continue
        if last.name in _MILESTONES:
            found[last.name] = last
        last = last.after
    return dict(reversed(found.items()))


class _Course:
    def __init__(self, loss: Loss) -> None:
        self._loss = loss
        self._timers = loss.timers
        self._pace = loss.pace
        self.since: Moment = FAULT
        if loss.drill == "handover":
            self.since = Step("ordered", FAULT, loss.pace.order)

    def served(self) -> Moment:
        raise NotImplementedError

    def edge(self) -> Moment:
        """The address moves; there, an instance on the lost host may still be asked first."""
        law = Vrrp(self._timers.keepalived)
        moved = Step("address: moves", FAULT, law, ("keepalived.advert_ms",))
        found = Step("address: found", moved, self._pace.announce)
        tried = Fixed(self._timers.haproxy.connect_ms / 1000)
        redirected = Step("haproxy: tries the lost one", found, tried, ("haproxy.connect_ms",))
        return Either("an instance of the lost host", 1 / self._loss.hosts, redirected, found)

    @cached_property
    def _view(self) -> Moment:
        names = ("corosync.token_ms", "corosync.token_coefficient_ms")
        law = Detection(self._timers.corosync, self._loss.hosts)
        lost = Step("membership", Step("regroup", FAULT, self._pace.regroup), law, names)
        return Step("view", lost, self._pace.view)

    def _noticed(self) -> Moment:
        """By the steward of the primary's own host: a dead process, or one that hangs."""
        if self._loss.drill == "kill":
            return Step("noticed", FAULT, self._pace.noticed)
        law = Hang(self._timers.steward)
        names = tuple(
            f"steward.{name}"
            for name in ("probe_interval_ms", "probe_timeout_ms", "probe_failures")
        )
        return Step("noticed", Step("killing", FAULT, self._pace.noticed), law, names)

    def _work(self, name: str, after: Moment, took: Took) -> Step:
        """Work that all hosts compete for; quicker when one of them, or its server, is gone, slower
        when everything is elected at once."""
        pace = self._pace
        factor = {"power-off": pace.frees, "kill": pace.spares}.get(self._loss.drill, 1.0)
        return Step(name, after, took.times(factor if self._loss.alone else factor * pace.crowd))

    def _acknowledged(self, routed: Moment) -> Moment:
        """To the client that was led to the lost host last."""
        hosts = self._loss.drill in _HOSTS_LOST
        able = latest(routed, self._freed) if hosts else routed
        asked = Step("client: asks again", able, Uniform(0.0, self._pace.every))
        return Step("acknowledged", asked, self._pace.acknowledge)

    @property
    def _freed(self) -> Moment:
        """A client that has begun to connect to the lost host just before it was left out."""
        tried = min(self._timers.haproxy.connect_ms / 1000, self._pace.patience)
        names = ("haproxy.connect_ms",)
        return Step("client: connects to the lost one", self._view, Uniform(0.0, tried), names)


class _Postgresql(_Course):
    """Promise, election, promotion, the term's row, the route (docs/explanation/failover.md)."""

    def served(self) -> Moment:
        pace, interval = self._pace, self._timers.postgresql.wal_retrieve_retry_interval_ms
        elected = self._work("elected", self._promised(), pace.elect)
        late = Sometimes(pace.late, interval / 1000)
        name = "promotion: waits for its log"
        waits = Step(name, elected, late, ("postgresql.wal_retrieve_retry_interval_ms",))
        promoted = self._work("promoted", waits, pace.promote)
        marked = self._work("marked", promoted, pace.mark)
        routed = Step("routed", Step("serving", marked, pace.serve), pace.route)
        return self._acknowledged(routed)

    def _promised(self) -> Moment:
        if self._loss.drill == "handover":
            begun: Moment = Step("stopped", self.since, self._pace.stop)
        elif self._loss.drill in _HOSTS_LOST:
            begun = self._view
        else:
            begun = self._noticed()
        return self._work("promised", begun, self._pace.promise)


class _Mysql(_Course):
    """Galera leaves the lost member out, by itself or because the steward has it evicted; an epoch
    is agreed on, and its writer opens (docs/explanation/mysql.md)."""

    def served(self) -> Moment:
        if self._loss.drill == "handover":
            rid: Moment = Step("writer: closes", self.since, self._pace.quit)
        elif self._loss.drill in _HOSTS_LOST:
            rid = self._told(self._left_out)
        else:
            rid = self._told(self._work("evicted", self._noticed(), self._pace.evict))
        elected = self._work("elected", rid, self._pace.agree)
        opened = self._work("serving", elected, self._pace.open)
        return self._acknowledged(Step("routed", opened, self._pace.route))

    @property
    def _left_out(self) -> Moment:
        """The component is without the lost member: a survivor's steward tells the group at the
        view change, or Galera finds out by itself."""
        told = self._work("evicted", self._view, self._pace.evict)
        galera, suspicion = self._timers.galera, ("galera.suspect_ms", "galera.inactive_check_ms")
        law = Suspicion(galera, self._loss.hosts - 1)
        suspected = Step("galera: all suspect it", FAULT, law, suspicion)
        agreement = ("galera.suspect_ms", "galera.join_retrans_ms")
        agreed = Step("galera: members agree", suspected, Agreement(galera), agreement)
        return earliest(told, agreed)

    def _told(self, component: Moment) -> Moment:
        """The steward's next look at its server."""
        seconds = self._timers.steward.probe_interval_ms / 1000
        return Step("steward: looks", component, Uniform(0.0, seconds), _LOOKS)


class _Redis(_Course):
    """The stewards' round for a shard, and its new primary (docs/explanation/redis.md)."""

    def served(self) -> Moment:
        if self._loss.drill == "handover":
            return self._acknowledged(self._work("handed over", self.since, self._pace.quit))
        hosts = self._loss.drill in _HOSTS_LOST
        begun = self._view if hosts else self._noticed()
        elected = self._work("elected", begun, self._pace.agree)
        promoted = self._work("promoted", elected, self._pace.lift)
        return self._acknowledged(Step("serving", promoted, self._pace.serve))

    @property
    def _freed(self) -> Moment:
        """No balancer is between: a client gives up its question, or its connection."""
        return Step("client: asks the lost one", self._view, Uniform(0.0, self._pace.asks))


_COURSES: dict[Engine, type[_Course]] = {
    "postgresql": _Postgresql,
    "mysql": _Mysql,
    "redis": _Redis,
}

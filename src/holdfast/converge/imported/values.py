"""From readings to Timers: each value from a file, from another value, or a version's default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from holdfast.converge.imported import pools
from holdfast.converge.imported.reading import Fact, Listener, Member, Pool, Reading, Target
from holdfast.finding import Where
from holdfast.timers import upstream
from holdfast.timers.cluster.model import ClusterTimers
from holdfast.timers.cluster.profiles import PROFILES as CLUSTER_PROFILES
from holdfast.timers.model import Group, Timers
from holdfast.timers.profiles import PROFILES
from holdfast.timers.upstream import Scalar

PROFILE = "imported"
NOWHERE = Where()

_FOLLOWS = {
    "haproxy.fastinter_ms": "haproxy.inter_ms",
    "haproxy.downinter_ms": "haproxy.inter_ms",
    "haproxy.check_ms": "haproxy.inter_ms",
    "kubelet.report_ms": "kubelet.status_ms",
}
"""A value that is another one's as long as nobody says otherwise, and that one is set in a file:
haproxy's manual, section 5.2; SetDefaults_KubeletConfiguration."""


@dataclass(frozen=True)
class Value:
    """`where` and `text` are empty for a default; then `default_of` names product and version, and
    `source` what says so."""

    name: str
    value: Scalar
    where: Where = NOWHERE
    text: str = ""
    default_of: str = ""
    source: str = ""

    @property
    def origin(self) -> str:
        return str(self.where) if self.where.file else f"default of {self.default_of}"


@dataclass(frozen=True)
class Imported:
    """All that was read, and what follows from it."""

    readings: tuple[Reading, ...]
    versions: Mapping[str, str]
    values: Mapping[str, Value]
    cluster: ClusterTimers | None
    machines: Timers | None

    @property
    def pools(self) -> tuple[Pool, ...]:
        return tuple(pool for reading in self.readings for pool in reading.pools)

    @property
    def facts(self) -> tuple[Fact, ...]:
        return tuple(fact for reading in self.readings for fact in reading.facts)

    @property
    def listeners(self) -> tuple[Listener, ...]:
        return tuple(each for reading in self.readings for each in reading.listeners)

    @property
    def targets(self) -> tuple[Target, ...]:
        return tuple(each for reading in self.readings for each in reading.targets)

    def members(self, group: str) -> tuple[Member, ...]:
        return tuple(
            each for reading in self.readings for each in reading.members if each.group == group
        )

    def reads(self, kind: str) -> bool:
        return any(reading.kind == kind for reading in self.readings)

    def number(self, name: str) -> int:
        """A timer's value; 0 where it has none."""
        found = self.values[name].value if name in self.values else 0
        return found if isinstance(found, int) else 0


_CLUSTER_KINDS = {"command", "kubernetes"}
_MACHINE_KINDS = {"corosync", "cib", "postgresql", "patroni", "galera", "redis"}


def assemble(readings: Sequence[Reading], releases: Mapping[str, str]) -> Imported:
    """`releases`: versions that the user has named; they count for more than what files say."""
    readings = tuple(readings)
    kinds = {reading.kind for reading in readings}
    balanced = tuple(pool for reading in readings for pool in reading.pools)
    cluster = bool(kinds & _CLUSTER_KINDS) or pools.lead_to_api(balanced)
    machines = bool(kinds & _MACHINE_KINDS) or not cluster
    facts = [*(fact for reading in readings for fact in reading.facts), *pools.facts(balanced)]
    versions = {**upstream.CURRENT, **_versions(facts), **releases}
    filler = _Filler(_slowest(facts), versions)
    cluster_timers = filler.fill(ClusterTimers, CLUSTER_PROFILES["stock"]) if cluster else None
    machine_timers = filler.fill(Timers, PROFILES["stock"]) if machines else None
    filler.besides(kinds)
    return Imported(readings, versions, filler.values, cluster_timers, machine_timers)


def _versions(facts: Iterable[Fact]) -> dict[str, str]:
    """Of several versions of one product the oldest: its defaults are the slower ones."""
    found: dict[str, str] = {}
    for fact in facts:
        product = fact.name.removeprefix("version.")
        if product != fact.name:
            older = min(str(fact.value), found.get(product, str(fact.value)), key=upstream.number)
            found[product] = older
    return found


def _slowest(facts: Iterable[Fact]) -> dict[str, Fact]:
    """Where hosts differ, the slowest decides the tail."""
    found: dict[str, Fact] = {}
    for fact in facts:
        before = found.get(fact.name)
        if before is None or _rank(fact) > _rank(before):
            found[fact.name] = fact
    return found


def _rank(fact: Fact) -> float:
    return float(fact.value) if isinstance(fact.value, int | float) else 0.0


G = TypeVar("G", bound=Group)


class _Filler:
    """Fills groups of timers, and keeps each value with its origin in `values`."""

    def __init__(self, facts: Mapping[str, Fact], versions: Mapping[str, str]) -> None:
        self._facts = facts
        self._versions = versions
        self.values: dict[str, Value] = {}

    def fill(self, model: type[G], stock: G) -> G:
        return model(**{**self._group(stock, ""), "profile": PROFILE})

    def _group(self, stock: Group, prefix: str) -> dict[str, Any]:
        filled: dict[str, Any] = {}
        for key in type(stock).model_fields:
            usual, name = getattr(stock, key), f"{prefix}{key}"
            if isinstance(usual, Group):
                filled[key] = self._group(usual, f"{name}.")
            elif name != "profile":
                filled[key] = self._value(name, usual).value
        return filled

    def besides(self, kinds: set[str]) -> None:
        """What is no timer of Holdfast's, where a file of its part was read."""
        parts = {"corosync": "corosync", "patroni": "patroni", "cib": "pacemaker"}
        told = {part for kind, part in parts.items() if kind in kinds}
        for name in upstream.BESIDES:
            if name.partition(".")[0] in told:
                self._value(name, None)
        if "nginx" in kinds:
            for key in ("connect_ms", "max_fails", "fail_timeout_ms"):
                self._value(f"nginx.{key}", getattr(CLUSTER_PROFILES["stock"].nginx, key))
        for name in self._facts:
            if name.endswith(("_ms", "_s")):
                self._value(name, None)

    def _value(self, name: str, usual: Scalar) -> Value:
        value = self._read(name) or self._default(name, usual)
        self.values.setdefault(name, value)
        return value

    def _read(self, name: str) -> Value | None:
        if fact := self._facts.get(name):
            return Value(name, fact.value, fact.where, fact.text)
        if leader := self._facts.get(_FOLLOWS.get(name, "")):
            return Value(name, leader.value, leader.where, leader.text)
        return None

    def _default(self, name: str, usual: Scalar) -> Value:
        for table in (upstream.CLUSTER, upstream.BALANCERS, upstream.MACHINES, upstream.BESIDES):
            if default := table.get(name):
                version = self._versions[default.product]
                value = default.of(version, usual)
                product = f"{default.product} {version}"
                return Value(name, value, default_of=product, source=default.source)
        # The steward's, the gateway's: whoever has no Holdfast yet has none of them.
        return Value(name, usual, default_of="Holdfast", source="timers/profiles.py, stock")

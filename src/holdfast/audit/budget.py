"""What the hosts use, held against what was planned and promised. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from holdfast.audit.remark import Remark
from holdfast.audit.seen import Facts, Silent
from holdfast.drill.victims import unit_named
from holdfast.plan.model import Plan
from holdfast.plan.places import service_unit
from holdfast.plan.rules.budget import PER_DATASTORE, basis

HOSTS = "hosts"
BASIS = "host itself"
_MIB = 1 << 20
_OFF = 0.25
_FULL, _FILLING = 0.10, 0.20
"""Shares of a disk that are free."""


@dataclass(frozen=True)
class Use:
    """Of one group of units on one host. `memory` and `planned` in bytes, `cpu` in cores; None
    where nobody knows."""

    host: str
    group: str
    memory: int | None
    planned: int
    cpu: float | None


def uses(plan: Plan, host: str, told: Facts) -> tuple[Use, ...]:
    """One per datastore and service, and one for everything else."""
    groups = _groups(plan, host)
    planned = _planned(plan, host)
    memory, cpu = (told["memory"] or {}).get("units"), told["processors"]
    return tuple(
        Use(
            host,
            group,
            None if memory is None else int(_sum(memory, groups)[group]),
            planned[group],
            None if cpu is None else _sum(cpu, groups)[group],
        )
        for group in planned
    )


def all_uses(plan: Plan, seen: Mapping[str, Facts | Silent]) -> list[Use]:
    """Of the hosts that have answered."""
    told = ((host, each) for host, each in seen.items() if not isinstance(each, Silent))
    return [use for host, each in told for use in uses(plan, host, each)]


def remarks(plan: Plan, seen: Mapping[str, Facts | Silent]) -> Iterator[Remark]:
    for host, told in seen.items():
        if not isinstance(told, Silent):
            found = uses(plan, host, told)
            yield from _memory(plan, host, found)
            yield from (r for use in found for r in _estimate(use))
            yield from _disk(host, told["disk"])


COLUMNS = ("host", "group", "memory", "planned", "cores", "disk free")


def rows(
    plan: Plan, seen: Mapping[str, Facts | Silent], found: Sequence[Use]
) -> Iterator[tuple[str, ...]]:
    """Of every host its groups, and the whole against what was promised."""
    for host, told in seen.items():
        if isinstance(told, Silent):
            yield (host, "all", *["unknown"] * 4)
            continue
        own = [use for use in found if use.host == host]
        for use in own:
            yield host, use.group, _known(use.memory), shown(use.planned), _cores(use.cpu), ""
        memory = None if any(use.memory is None for use in own) else sum(u.memory or 0 for u in own)
        cpu = None if any(use.cpu is None for use in own) else sum(use.cpu or 0 for use in own)
        free = min((disk["free"] for disk in (told["disk"] or {}).values()), default=None)
        limit = shown(plan.objectives.memory_per_host)
        yield host, "all", _known(memory), f"at most {limit}", _cores(cpu), _known(free)


def _known(size: int | None) -> str:
    return "unknown" if size is None else shown(size)


def _cores(cpu: float | None) -> str:
    return "unknown" if cpu is None else f"{cpu:.3f}"


def _groups(plan: Plan, host: str) -> dict[str, str]:
    """Group by unit."""
    found = {
        service_unit(service.name, i.index): f"service {service.name}"
        for service in plan.services
        for i in service.on(host)
    }
    for name in plan.stores:
        found[unit_named(f"primary:{name}", plan) or ""] = _store(name)
    return found


def _planned(plan: Plan, host: str) -> dict[str, int]:
    """As `holdfast check` reckons."""
    stores = {_store(d.name): d.spec.memory + PER_DATASTORE for d in plan.datastores}
    services = {
        f"service {s.name}": s.spec.memory * len(s.on(host)) for s in plan.services if s.on(host)
    }
    return {BASIS: basis(fenced=bool(plan.fenced)), **stores, **services}


def _store(name: str) -> str:
    """All shards together."""
    return f"datastore {name.partition('/')[0]}"


def _sum(values: Mapping[str, float], groups: Mapping[str, str]) -> defaultdict[str, float]:
    found: defaultdict[str, float] = defaultdict(float)
    for unit, value in values.items():
        found[groups.get(unit, BASIS)] += value
    return found


def _memory(plan: Plan, host: str, found: tuple[Use, ...]) -> Iterator[Remark]:
    limit = plan.objectives.memory_per_host
    if any(use.memory is None for use in found):
        yield Remark.warning(
            "budget-unknown", host, "nobody knows how much memory is used", "mend that", HOSTS
        )
        return
    used = sum(use.memory or 0 for use in found)
    if used > limit:
        yield Remark.error(
            "budget-memory",
            host,
            f"uses {shown(used)} of {shown(limit)}",
            "lower a memory or instances value, or raise objectives.memory_per_host",
            HOSTS,
        )


def _estimate(use: Use) -> Iterator[Remark]:
    """More than was reckoned with is a risk; much less is only a spec that could be tighter."""
    if use.memory is None:
        return
    off = use.memory / use.planned - 1
    if abs(off) <= _OFF:
        return
    make = Remark.warning if off > 0 else Remark.note
    yield make(
        "budget-estimate",
        use.host,
        f"{use.group} uses {shown(use.memory)}, planned {shown(use.planned)} ({off:+.0%})",
        "raise its memory in the spec" if off > 0 else "room for more, or for a lower limit",
        HOSTS,
    )


def _disk(host: str, disks: Mapping[str, Mapping[str, int]] | None) -> Iterator[Remark]:
    for folder, disk in (disks or {}).items():
        share = disk["free"] / max(1, disk["size"])
        if share < _FILLING:
            make = Remark.error if share < _FULL else Remark.warning
            what = f"{folder}: {share:.0%} of the disk is free ({shown(disk['free'])})"
            remedy = "make room, or a larger disk: a full one stops the host's databases"
            yield make("budget-disk", host, what, remedy, HOSTS)


def shown(size: int) -> str:
    return f"{-(-size // _MIB)}MiB"

"""What a host has to carry must fit into the memory that it is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from holdfast.finding import Finding
from holdfast.plan.build import DEFAULT_SHARDS
from holdfast.plan.inventory import Inventory
from holdfast.plan.placement import host_names, placed
from holdfast.spec.model import Datastore, System

_MIB = 1 << 20

BASE = 192 * _MIB
"""Debian 30, corosync 112 (mostly fixed buffers), haproxy 12, keepalived 6, the steward 20 MiB as
measured (PSS), and a little air."""

PACEMAKER = 48 * _MIB
"""Where hosts are fenced by it: 34 MiB as measured (PSS), and an agent that looks at a BMC."""

PER_DATASTORE = 48 * _MIB
"""Bytes of PostgreSQL beside its buffers: its processes, and some dozens of connections."""

PER_SHARD = 16 * _MIB
"""Bytes of a Redis member beside its data: the process 5 as measured (PSS), what it keeps
for replicas that were away (4 MiB), and pages copied while its log is rewritten."""


def check(system: System, inventory: Inventory) -> Iterator[Finding]:
    if not inventory.hosts:
        return
    limit = system.objectives.memory_per_host
    loads = _loads(system, inventory)
    host, load = max(loads.items(), key=lambda item: item[1])
    if load > limit:
        stores = sum(map(_store, system.datastores.values()))
        base = _base(system, inventory)
        rest = load - base - stores
        yield Finding.error(
            "budget-memory",
            f"{host} may use {_shown(load)} of {_shown(limit)}: {_shown(base)} for itself, "
            f"{_shown(stores)} for datastores, {_shown(rest)} for services",
            "lower a memory or instances value, or raise objectives.memory_per_host",
            ("objectives", "memory_per_host"),
        )


def _loads(system: System, inventory: Inventory) -> Counter[str]:
    """Bytes by host, when everything uses what it may."""
    hosts = host_names(inventory.hosts)
    stores = sum(map(_store, system.datastores.values()))
    loads = Counter(dict.fromkeys(hosts, _base(system, inventory) + stores))
    for name, on in placed(system.services, hosts).items():
        for host in on:
            loads[host] += system.services[name].memory
    return loads


def _base(system: System, inventory: Inventory) -> int:
    singletons = any(service.singleton for service in system.services.values())
    fenced = any(host.fence.by_pacemaker(singletons) for host in inventory.hosts)
    return basis(fenced=fenced)


def basis(*, fenced: bool) -> int:
    """Bytes of a host before any datastore or service."""
    return BASE + PACEMAKER * fenced


def _store(store: Datastore) -> int:
    """Bytes per host."""
    if store.engine == "redis":
        return store.memory + PER_SHARD * (store.shards or DEFAULT_SHARDS)
    return store.memory + PER_DATASTORE


def _shown(size: int) -> str:
    return f"{-(-size // _MIB)}MiB"

"""Who is to be broken: from a role, such as primary:accounts, to a host and a unit. Pure.

n2                    that host
primary:accounts      the host that serves the datastore now, and the engine's unit on it
primary:sessions/1    likewise for one shard
replica:accounts      a host that does not, the first by name
writer:orders         what primary:orders is; likewise shard:sessions/1
vip:2                 the host that holds the second virtual address
service:front/1       an instance of a service, counted from 1
steward:n1            the steward there; likewise gateway:n1, membership:n1, addresses:n1
gateway               the one that holds the first virtual address; likewise addresses
steward               the one beside the first datastore's primary; likewise membership
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from holdfast.drill.look import Look
from holdfast.errors import DrillRefused, InputError
from holdfast.plan.model import Plan, PlannedMysql, PlannedPostgresql, PlannedRedis
from holdfast.plan.places import (
    STEWARD_UNIT,
    mysql_unit,
    postgresql_unit,
    redis_unit,
    service_unit,
)

_PARTS = {
    "steward": STEWARD_UNIT,
    "gateway": "haproxy.service",
    "membership": "corosync.service",
    "addresses": "keepalived.service",
}
_EDGE_PARTS = ("gateway", "addresses")
_SYNONYMS = {"writer": "primary", "shard": "primary"}
_KINDS = ("primary", "replica", "vip", "service", *_SYNONYMS, *_PARTS)


@dataclass(frozen=True)
class Victim:
    """`unit` is None for a whole host. `was` says what it did before the fault."""

    label: str
    host: str
    unit: str | None
    was: str


def victim(label: str, plan: Plan, look: Look) -> Victim:
    """Find it. Raises InputError for words that name nothing, DrillRefused for a role that nobody
    plays now."""
    if label in (host.name for host in plan.hosts):
        return Victim(label, label, None, roles(label, plan, look))
    kind, _, name = label.partition(":")
    if kind in _PARTS and not name:
        name = _where_it_matters(kind, plan, look)
        label = f"{kind}:{name}"
    if kind not in _KINDS or not name:
        raise _nobody(label, plan)
    if kind in _SYNONYMS:
        kind = _SYNONYMS[kind]
        label = f"{kind}:{name}"
    finders: Mapping[str, Callable[[str, Plan, Look], tuple[str, str | None]]] = {
        "primary": _primary,
        "replica": _replica,
        "vip": _vip,
        "service": _service,
    }
    host, unit = finders[kind](name, plan, look) if kind in finders else _part(kind, name, plan)
    return Victim(label, host, unit, roles(host, plan, look))


def unit_named(label: str, plan: Plan) -> str | None:
    """The unit that a victim's label means, whichever host it is on; None for a whole host.
    Raises InputError for words that name nothing."""
    kind, _, name = label.partition(":")
    if kind in ("primary", "replica"):
        return _unit(_datastore(name, plan), plan)
    if kind == "service":
        service, _, index = name.partition("/")
        return service_unit(service, int(index or "1")) if index.isdigit() or not index else None
    return _PARTS.get(kind)


def every(plan: Plan) -> tuple[str, ...]:
    """Every victim that can be written for this system: for completion and for hints."""
    hosts = [host.name for host in plan.hosts]
    stores = [f"{kind}:{name}" for name in plan.stores for kind in ("primary", "replica")]
    stores += [f"writer:{d.name}" for d in plan.replicated]
    stores += [f"shard:{name}" for name in plan.stores if "/" in name]
    vips = [f"vip:{number}" for number in range(1, len(plan.vips) + 1)]
    services = [f"service:{s.name}/{i.index}" for s in plan.services for i in s.instances]
    parts = [f"{part}:{host}" for part in _PARTS for host in hosts]
    return (*stores, *vips, *services, *_PARTS, *parts, *hosts)


def _nobody(label: str, plan: Plan) -> InputError:
    known = every(plan)
    close = get_close_matches(label, known, n=1)
    hosts = " ".join(host.name for host in plan.hosts)
    examples = {victim.partition(":")[0]: victim for victim in reversed(known) if ":" in victim}
    return InputError(
        f"no such victim: {label}",
        hint=(f"did you mean {close[0]}? " if close else "")
        + f"write a host ({hosts}), or a role: {', '.join(reversed(examples.values()))}",
    )


def _where_it_matters(kind: str, plan: Plan, look: Look) -> str:
    """The host whose part is missed most: at the edge, who holds the first virtual address; else
    who is primary of the first datastore."""
    if kind in _EDGE_PARTS and plan.vips:
        return _vip("1", plan, look)[0]
    host = next((h for name in plan.stores if (h := look.primary(name))), None)
    return host or plan.hosts[0].name


def roles(host: str, plan: Plan, look: Look) -> str:
    """What a host does now, in a few words, such as `primary of accounts, VIP 10.0.0.1`."""
    primaries = [f"primary of {name}" for name in plan.stores if look.primary(name) == host]
    vips = [f"VIP {v.address}" for v in plan.vips if look.holder(str(v.address)) == host]
    return ", ".join(primaries + vips) or "nothing of its own"


def _datastore(name: str, plan: Plan) -> str:
    if name not in plan.stores:
        raise InputError(
            f"no such datastore: {name}",
            hint=f"the system has {' '.join(plan.stores) or 'none'}",
        )
    return name


def _primary(name: str, plan: Plan, look: Look) -> tuple[str, str | None]:
    host = look.primary(_datastore(name, plan))
    if host is None:
        raise DrillRefused(f"{name} has no primary now", hint="see `holdfast status`")
    return host, _unit(name, plan)


def _replica(name: str, plan: Plan, look: Look) -> tuple[str, str | None]:
    members = look.members(_datastore(name, plan))
    replicas = sorted(host for host, member in members.items() if member.role == "replica")
    if not replicas:
        raise DrillRefused(f"{name} has no replica now", hint="see `holdfast status`")
    return replicas[0], _unit(name, plan)


def _unit(name: str, plan: Plan) -> str:
    """Of a datastore's member, or a shard's: name/number."""
    datastore, _, shard = name.partition("/")
    match plan.datastore(datastore):
        case PlannedPostgresql():
            return postgresql_unit(datastore)
        case PlannedMysql():
            return mysql_unit(datastore)
        case PlannedRedis():
            return redis_unit(datastore, int(shard))


def _vip(name: str, plan: Plan, look: Look) -> tuple[str, str | None]:
    if not name.isdigit() or not 1 <= int(name) <= len(plan.vips):
        raise InputError(f"no such address: vip:{name}", hint=f"vip:1 to vip:{len(plan.vips)}")
    host = look.holder(str(plan.vips[int(name) - 1].address))
    if host is None:
        raise DrillRefused(
            f"no host, or more than one, holds vip:{name} now", hint="see `holdfast status`"
        )
    return host, None


def _service(name: str, plan: Plan, look: Look) -> tuple[str, str | None]:
    service, _, index = name.partition("/")
    for planned in plan.services:
        for instance in planned.instances:
            if (planned.name, str(instance.index)) == (service, index or "1"):
                return instance.host, service_unit(service, instance.index)
    known = " ".join(f"{s.name}/1..{len(s.instances)}" for s in plan.services)
    raise InputError(f"no such instance: service:{name}", hint=f"the system has {known or 'none'}")


def _part(kind: str, host: str, plan: Plan) -> tuple[str, str | None]:
    if host not in (h.name for h in plan.hosts):
        raise InputError(
            f"no such host: {host}", hint=f"the system has {' '.join(h.name for h in plan.hosts)}"
        )
    return host, _PARTS[kind]

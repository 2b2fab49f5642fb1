"""From a plan to its graph: users, virtual addresses, gateways, services, datastores, hosts.

Names of nodes that can be lost: `n1`, `link n1`, `n1 haproxy.service`, `n1 /etc/...`. A host's
processes are those that the plan starts; restarts are not counted on: what is lost stays lost.
"""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.audit.graph import Element, Graph, Need, every, some
from holdfast.bundle import Bundle
from holdfast.drill.victims import unit_named
from holdfast.plan.model import (
    Instance,
    Plan,
    PlannedDatastore,
    PlannedMysql,
    PlannedPostgresql,
    PlannedRedis,
    PlannedService,
)
from holdfast.plan.places import (
    STEWARD_UNIT,
    mysql_unit,
    postgresql_unit,
    redis_unit,
    service_unit,
    shard_name,
)

HOST, PROCESS, LINK, FILE, OUTSIDE = "host", "process", "link", "file", "outside"
SWITCH = "the network"
POWER = "the power"
MEMBERSHIP, BALANCER, ADDRESSES = "corosync.service", "haproxy.service", "keepalived.service"
PACEMAKER = "pacemaker.service"

Node = tuple[str, tuple[Need, ...]]


def link(host: str) -> str:
    return f"link {host}"


def process(host: str, unit: str) -> str:
    return f"{host} {unit}"


def graph(plan: Plan, bundle: Bundle | None = None) -> Graph:
    """With a bundle, every file that a process would be restarted for is needed by it."""
    nodes = dict(_nodes(plan))
    elements = [Element(SWITCH, OUTSIDE), Element(POWER, OUTSIDE)]
    for host in plan.hosts:
        elements += [Element(host.name, HOST), Element(link(host.name), LINK)]
        elements += [
            Element(name, PROCESS)
            for name in nodes
            if name.startswith(f"{host.name} ") and name.endswith(".service")
        ]
    for name, users in sorted(_files(bundle, nodes).items()):
        elements.append(Element(name, FILE))
        nodes[name] = every(name.partition(" ")[0])
        for user in users:
            nodes[user] = (*nodes[user], *every(name))
    return Graph(nodes, tuple(elements), tuple(_paths(plan)), dict(_through(plan)))


def _through(plan: Plan) -> Iterator[tuple[str, str]]:
    """A service's process is felt through its instance's serving, a database's through its
    member's standing."""
    for service in plan.services:
        for i in service.instances:
            unit = service_unit(service.name, i.index)
            yield process(i.host, unit), _serving(service.name, i)
    for name, hosts in plan.stores.items():
        for host in hosts:
            yield process(host, unit_named(f"primary:{name}", plan) or ""), _member(name, host)


def _files(bundle: Bundle | None, nodes: dict[str, tuple[Need, ...]]) -> dict[str, list[str]]:
    """The processes that use each file, by `host path`."""
    found: dict[str, list[str]] = {}
    for file in bundle.files if bundle else ():
        users = (process(file.host, unit) for unit in {*file.restarts, *file.reloads})
        known = [user for user in users if user in nodes]
        if known:
            found[process(file.host, file.path)] = known
    return found


def _nodes(plan: Plan) -> Iterator[Node]:
    yield SWITCH, ()
    yield POWER, ()
    for host in plan.hosts:
        yield host.name, every(POWER)
        yield link(host.name), ()
        yield _online(host.name), every(host.name, link(host.name), SWITCH)
        for unit in (MEMBERSHIP, BALANCER, ADDRESSES, STEWARD_UNIT):
            yield process(host.name, unit), every(host.name)
        yield from _standing(plan, host.name)
    for datastore in plan.datastores:
        yield from _datastore(plan, datastore)
    for service in plan.services:
        yield from _service(plan, service)
    yield from _edge(plan)


def _standing(plan: Plan, host: str) -> Iterator[Node]:
    """A host counts in elections while it is in a majority's view and its steward works."""
    yield _ring(host), every(_online(host), process(host, MEMBERSHIP))
    majority = some((_ring(h.name) for h in plan.hosts), plan.quorum)
    yield (
        _elector(host),
        (
            *every(_ring(host), process(host, STEWARD_UNIT)),
            majority,
        ),
    )


def _datastore(plan: Plan, datastore: PlannedDatastore) -> Iterator[Node]:
    """Its write path: as many members as an acknowledgement needs, that a majority can lead."""
    match datastore:
        case PlannedPostgresql():
            hosts = tuple(member.host for member in datastore.members)
            count = max(plan.quorum, datastore.sync + 1)
            yield from _members(datastore.name, postgresql_unit(datastore.name), hosts, count)
        case PlannedMysql():
            hosts = tuple(member.host for member in datastore.members)
            majority = len(hosts) // 2 + 1
            yield from _members(datastore.name, mysql_unit(datastore.name), hosts, majority)
        case PlannedRedis():
            for shard in datastore.shards:
                hosts = tuple(member.host for member in shard.members)
                name = shard_name(datastore.name, shard.number)
                unit = redis_unit(datastore.name, shard.number)
                # The primary, and one replica for WAIT 1; every slot must be covered.
                yield from _members(name, unit, hosts, min(2, len(hosts)))
            names = (shard_name(datastore.name, s.number) for s in datastore.shards)
            yield _writes(datastore.name), every(*(_writes(name) for name in names))


def _members(name: str, unit: str, hosts: tuple[str, ...], count: int) -> Iterator[Node]:
    for host in hosts:
        yield process(host, unit), every(host)
        yield _member(name, host), every(process(host, unit), _elector(host))
    yield _writes(name), (some((_member(name, host) for host in hosts), count),)


def _service(plan: Plan, service: PlannedService) -> Iterator[Node]:
    for instance in service.instances:
        own = process(instance.host, service_unit(service.name, instance.index))
        yield own, every(instance.host)
        yield (
            _serving(service.name, instance),
            (
                *every(own, _online(instance.host)),
                *(
                    need
                    for name in service.spec.needs
                    for need in _reached(plan, name, instance.host)
                ),
            ),
        )
    runs = some(_serving(service.name, instance) for instance in service.instances)
    majority = some((_ring(h.name) for h in plan.hosts), plan.quorum)
    yield _answers(service.name), (runs, majority) if service.spec.singleton else (runs,)


def _reached(plan: Plan, datastore: str, host: str) -> tuple[Need, ...]:
    """By way of the local haproxy, unless clients find the members by themselves."""
    way = () if plan.datastore(datastore).engine == "redis" else (process(host, BALANCER),)
    return every(*way, _writes(datastore))


def _edge(plan: Plan) -> Iterator[Node]:
    for vip in plan.vips:
        for host in vip.priorities:
            yield (
                _holder(str(vip.address), host),
                every(_online(host), process(host, ADDRESSES), process(host, BALANCER)),
            )
        holders = (_holder(str(vip.address), host) for host in vip.priorities)
        yield f"address {vip.address}", (some(holders),)
        for route in plan.routes:
            yield (
                _route(str(vip.address), route.path),
                every(f"address {vip.address}", _answers(route.service)),
            )


def _paths(plan: Plan) -> Iterator[str]:
    """What users, or nobody else but they, would miss."""
    for vip in plan.vips:
        for route in plan.routes:
            yield _route(str(vip.address), route.path)
    for datastore in plan.datastores:
        yield _writes(datastore.name)
    for service in plan.services:
        if service.spec.singleton:
            yield _answers(service.name)


def _route(address: str, path: str) -> str:
    return f"https {address} {path}"


def _writes(datastore: str) -> str:
    return f"writes to {datastore}"


def _answers(service: str) -> str:
    return f"service {service}"


def _online(host: str) -> str:
    return f"online {host}"


def _ring(host: str) -> str:
    return f"ring {host}"


def _elector(host: str) -> str:
    return f"elector {host}"


def _member(datastore: str, host: str) -> str:
    return f"member {datastore} {host}"


def _serving(service: str, instance: Instance) -> str:
    return f"serving {service} {instance.index}"


def _holder(address: str, host: str) -> str:
    return f"holder {address} {host}"

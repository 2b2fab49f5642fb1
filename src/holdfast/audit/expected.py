"""What the plan opens, for whom, and how each door must behave. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from holdfast.plan.model import Plan, PlannedHost, PlannedRedis
from holdfast.plan.places import EDGE_PORT, STEWARD_PORT
from holdfast.platforms.machines.firewall import ports_among_hosts, ports_for_operators

OPERATOR = "operator"
"""Who knocks, if it is no host: the machine that Holdfast runs on."""

Door = dict[str, Any]
"""port; speaks: what comes before TLS; asks: for a client certificate."""


def for_everybody(plan: Plan, host: PlannedHost) -> set[int]:
    return {EDGE_PORT} if plan.operators else {EDGE_PORT, host.ssh.port}


def for_hosts(plan: Plan, host: PlannedHost) -> set[int]:
    return for_everybody(plan, host) | set(ports_among_hosts(plan, host))


def for_operators(plan: Plan, host: PlannedHost) -> set[int]:
    return for_everybody(plan, host) | set(ports_for_operators(plan, host))


def may_reach(plan: Plan, host: PlannedHost, who: str) -> set[int]:
    return for_operators(plan, host) if who == OPERATOR else for_hosts(plan, host)


def planned(plan: Plan, host: PlannedHost) -> set[int]:
    """Every TCP port that anybody may reach from outside."""
    return for_hosts(plan, host) | for_operators(plan, host)


def doors(plan: Plan, host: PlannedHost) -> list[Door]:
    """Every TLS port on the host's address."""
    return list(_doors(plan, host))


def _doors(plan: Plan, host: PlannedHost) -> Iterator[Door]:
    yield _door(EDGE_PORT, asks=False)
    yield _door(STEWARD_PORT)
    for service in plan.services:
        for instance in service.on(host.name):
            yield _door(instance.port)
    for datastore in plan.datastores:
        if isinstance(datastore, PlannedRedis):
            for shard in datastore.shards:
                yield _door(shard.port)
        else:
            yield _door(datastore.port, datastore.engine)
            yield _door(datastore.client_port, datastore.engine)


def _door(port: int, speaks: str = "tls", asks: bool = True) -> Door:
    return {"port": port, "speaks": speaks, "asks": asks}

"""Who needs a certificate in a system, and which names it must carry."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

from holdfast.plan.model import Plan, PlannedHost, PlannedRedis, PlannedService
from holdfast.plan.places import database_name, service_name

LOOPBACK = IPv4Address("127.0.0.1")
EDGE = "edge"
PROBE = "holdfast_probe"
STEWARD = "holdfast"
REPLICATION = "holdfast_replication"


@dataclass(frozen=True)
class Identity:
    """What a certificate says: its common name, other names, and which side of TLS it may play.
    Kubernetes reads a client's groups from `organization`."""

    name: str
    dns: tuple[str, ...] = ()
    addresses: tuple[IPv4Address, ...] = ()
    server: bool = True
    client: bool = True
    organization: str = ""


def host_key(host: str) -> str:
    return f"host-{host}"


def service_key(service: str) -> str:
    return f"service-{service}"


def identities(plan: Plan) -> dict[str, Identity]:
    """Every identity of the system by a short key, which is also its file name."""
    return {
        EDGE: _edge(plan),
        PROBE: Identity(PROBE, server=False),
        **{host_key(h.name): _host(plan, h) for h in plan.hosts},
        **{service_key(s.name): _service(plan, s) for s in plan.services},
    }


def password_key(datastore: str, account: str) -> str:
    return f"{datastore}-{account}"


def passwords(plan: Plan) -> tuple[str, ...]:
    """Every password of the system by its key, which is also its file name: of each Redis, one for
    the steward, one for what replication asks for, one for probes and one for each service."""
    return tuple(
        password_key(datastore.name, account)
        for datastore in plan.of(PlannedRedis)
        for account in accounts(plan, datastore)
    )


def accounts(plan: Plan, datastore: PlannedRedis) -> tuple[str, ...]:
    services = (each.name for each in plan.services if datastore.name in each.spec.needs)
    return (STEWARD, REPLICATION, PROBE, *services)


def _edge(plan: Plan) -> Identity:
    addresses = tuple(sorted(vip.address for vip in plan.vips))
    name = plan.edge_names[0] if plan.edge_names else plan.system
    return Identity(name, plan.edge_names, addresses, client=False)


def _host(plan: Plan, host: PlannedHost) -> Identity:
    databases = tuple(
        database_name(d.name) for d in plan.replicated if host.name in {m.host for m in d.members}
    )
    return Identity(host.name, (host.name, *databases), (host.address, LOOPBACK))


def _service(plan: Plan, service: PlannedService) -> Identity:
    hosts = {instance.host for instance in service.instances}
    addresses = tuple(h.address for h in plan.hosts if h.name in hosts)
    return Identity(service.name, (service_name(service.name),), addresses)

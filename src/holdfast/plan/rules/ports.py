"""No two listeners on one host may want the same port."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.finding import Finding, SpecPath
from holdfast.plan import places
from holdfast.plan.inventory import Inventory
from holdfast.spec.model import Datastore, System


def check(system: System, inventory: Inventory) -> Iterator[Finding]:
    owners = _own(system)
    for path, owner, ports in _wanted(system, inventory):
        taken = next((port for port in ports if owners.get(port, owner) != owner), None)
        if taken is not None:
            yield Finding.error(
                "ports-taken",
                f"{owner} wants port {taken}, which belongs to {owners[taken]}",
                "move it to a port of its own; instances on one host count up from it",
                path,
            )
        owners.update((port, owner) for port in ports if port not in owners)


def _own(system: System) -> dict[int, str]:
    """The ports of Holdfast's own parts (plan/places.py)."""
    owners = {
        places.EDGE_PORT: "the edge",
        places.COROSYNC_PORT: "corosync",
        places.STEWARD_PORT: "the steward",
        places.PEERS_PORT: "the gateways' peers",
        places.METRICS_PORT: "the gateway's metrics",
    }
    for number, (name, datastore) in enumerate(system.datastores.items()):
        owners.update(dict.fromkeys(_of(datastore, number), f"datastore {name}"))
    return owners


def _of(datastore: Datastore, number: int) -> Iterator[int]:
    """As `plan.build` gives them to the datastore of that number."""
    galera = places.GALERA_PORT + places.PORTS_PER_GALERA * number
    redis = places.REDIS_PORT + places.PORTS_PER_REDIS * number
    firsts: tuple[int, ...] = ()
    match datastore.engine:
        case "postgresql":
            firsts = (places.POSTGRESQL_PORT, places.GATE_PORT)
        case "mysql":
            firsts = (places.MYSQL_PORT,)
            yield from range(galera, galera + 3)
        case "redis":
            for port in range(redis, redis + places.PORTS_PER_REDIS):
                yield from (port, port + places.REDIS_BUS)
    for first in (*firsts, places.CLIENT_PORT, places.READ_PORT):
        yield first + number


def _wanted(system: System, inventory: Inventory) -> Iterator[tuple[SpecPath, str, range]]:
    """Where it is said, who wants it, and the ports: of a service, those of the fullest host."""
    for number, host in enumerate(inventory.hosts):
        ssh = host.ssh.port
        yield ("hosts", number, "ssh", "port"), "SSH", range(ssh, ssh + 1)
    hosts = max(1, len(inventory.hosts))
    for name, service in system.services.items():
        most = -(-service.instances // hosts)
        yield (
            ("services", name, "port"),
            f"service {name}",
            range(service.port, service.port + most),
        )

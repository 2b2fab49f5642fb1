"""Which hosts a service's instances live on: evenly, and not everybody's first one in one place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from holdfast.spec.model import Host, Service


def host_names(hosts: Iterable[Host]) -> tuple[str, ...]:
    """The hosts' names in the order that everything else follows."""
    return tuple(sorted(host.name for host in hosts))


def ring(hosts: Sequence[str], start: int) -> tuple[str, ...]:
    """All hosts, once, beginning with the one at `start` (modulo their number)."""
    first = start % len(hosts)
    return tuple(hosts[first:]) + tuple(hosts[:first])


def placed(services: Mapping[str, Service], hosts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The host of every instance, by service. No two hosts' shares of a service differ by more
    than one. Each service starts one host further, in the order of the file: a service appended
    to the file moves no other. One that must be alone is ready on every host."""
    return {
        name: tuple(around[i % len(around)] for i in range(_places(service, hosts)))
        for start, (name, service) in enumerate(services.items())
        for around in (ring(hosts, start),)
    }


def _places(service: Service, hosts: Sequence[str]) -> int:
    return len(hosts) if service.singleton else service.instances

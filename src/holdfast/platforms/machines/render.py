"""From a plan to every file of every host: decides nothing, reads nothing."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.bundle import Bundle, File, HostPlanned
from holdfast.engines.postgresql import PACKAGES as POSTGRESQL_PACKAGES
from holdfast.pki.credentials import Credentials
from holdfast.plan.model import Plan, PlannedHost
from holdfast.plan.places import postgresql_unit
from holdfast.platforms.machines import (
    addresses,
    balancer,
    databases,
    firewall,
    kernel,
    ring,
    services,
    steward,
)
from holdfast.platforms.machines.sources import Sources

_PACKAGES = (
    "corosync",
    "haproxy",
    "keepalived",
    "nftables",
    "procps",
    "python3",
    "python3-psycopg2",
)


def render(plan: Plan, credentials: Credentials, sources: Sources) -> Bundle:
    return Bundle.of(
        (f for host in plan.hosts for f in _files(plan, host, credentials, sources)),
        (_needs(plan, host) for host in plan.hosts),
    )


def _files(
    plan: Plan, host: PlannedHost, credentials: Credentials, sources: Sources
) -> Iterator[File]:
    yield from kernel.files(host)
    yield from firewall.files(plan, host)
    yield from ring.files(plan, host, credentials)
    yield from balancer.files(plan, host, credentials)
    yield from databases.files(plan, host, credentials, sources)
    yield from steward.files(plan, host, credentials, sources.steward)
    yield from services.files(plan, host, credentials, sources)
    yield from addresses.files(plan, host)


def _needs(plan: Plan, host: PlannedHost) -> HostPlanned:
    """Units in the order in which they are started: first the way, then who walks it."""
    own = [service for service in plan.services if service.on(host.name)]
    packages = {
        *_PACKAGES,
        *(POSTGRESQL_PACKAGES if plan.datastores else ()),
        *(package for service in own for package in service.spec.packages),
    }
    return HostPlanned(
        host.name,
        packages=tuple(sorted(packages)),
        units=(
            firewall.UNIT,
            ring.UNIT,
            balancer.UNIT,
            steward.UNIT,
            *(unit for service in own for unit in services.unit_names(service, host)),
            addresses.UNIT,
        ),
        held=tuple(postgresql_unit(datastore.name) for datastore in plan.datastores),
    )

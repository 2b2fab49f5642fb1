"""From a plan to every file of every host: decides nothing, reads nothing."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.bundle import Bundle, File, HostPlanned
from holdfast.pki.credentials import Credentials
from holdfast.plan.model import Plan, PlannedHost
from holdfast.plan.places import schema_dir
from holdfast.platforms.machines import (
    addresses,
    balancer,
    firewall,
    kernel,
    pacemaker,
    ring,
    services,
    steward,
)
from holdfast.platforms.machines.engines import engine
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
    yield from kernel.files(plan, host)
    yield from firewall.files(plan, host)
    yield from ring.files(_ring(plan, credentials), host)
    yield from balancer.files(plan, host, credentials)
    yield from _datastores(plan, host, credentials, sources)
    yield from steward.files(plan, host, credentials, sources.steward)
    yield from services.files(plan, host, credentials, sources)
    yield from addresses.files(plan, host)
    yield from pacemaker.files(plan, host, credentials, sources.pacemaker)


def _ring(plan: Plan, credentials: Credentials) -> ring.Ring:
    timers = plan.timers
    restart_ms = timers.systemd.restart_ms
    return ring.Ring(plan.system, plan.hosts, timers.corosync, credentials.ring_key, restart_ms)


def _datastores(
    plan: Plan, host: PlannedHost, credentials: Credentials, sources: Sources
) -> Iterator[File]:
    # Debian's package would otherwise make and start a cluster of its own.
    content = "create_main_cluster = false\n"
    yield File(host.name, "/etc/postgresql-common/createcluster.d/holdfast.conf", content)
    for datastore in plan.datastores:
        yield from engine(datastore).files(plan, datastore, host, credentials, sources)
        for leaf, source in sources.schemas.get(datastore.name, {}).items():
            yield File(host.name, f"{schema_dir(datastore.name)}/{leaf}", source.content)


def _needs(plan: Plan, host: PlannedHost) -> HostPlanned:
    """Units in the order in which they are started: first the way, then who walks it."""
    own = [service for service in plan.services if service.on(host.name)]
    packages = {
        *_PACKAGES,
        *pacemaker.packages(plan),
        *(package for d in plan.datastores for package in engine(d).packages),
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
            *(unit for s in own if not s.spec.singleton for unit in services.unit_names(s, host)),
            addresses.UNIT,
            *pacemaker.units(plan),
        ),
        held=(
            *(unit for d in plan.datastores for unit in engine(d).units(d)),
            *(unit for s in own if s.spec.singleton for unit in services.unit_names(s, host)),
        ),
    )

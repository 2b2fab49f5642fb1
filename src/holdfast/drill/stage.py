"""From a plan to the probes of a drill, and what they are held against."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path

from holdfast.drill.strike import HOST_DRILLS
from holdfast.drill.victims import Victim
from holdfast.plan.model import Plan, PlannedDatastore, Vip
from holdfast.plan.places import EDGE_PORT, database_name
from holdfast.probes.base import Probe
from holdfast.probes.https import HttpsProbe
from holdfast.probes.postgresql import Door, PostgresqlProbe
from holdfast.spec.model import Route
from holdfast.timers.model import Timers

PROBE_USER = "holdfast_probe"


def probes(plan: Plan, pki: Path) -> tuple[Probe, ...]:
    """Every route through every virtual address, and a writer through every host's gateway.
    `pki` is the folder with ca.crt and the probe's own certificate."""
    tls = ssl.create_default_context(cafile=str(pki / "ca.crt"))
    return (
        *(
            HttpsProbe(_edge_name(vip, route), str(vip.address), EDGE_PORT, route.path, tls)
            for route in plan.routes
            for vip in plan.vips
        ),
        *(
            PostgresqlProbe(_writer_name(datastore, member.host), door, datastore.name)
            for datastore in plan.datastores
            for member in datastore.members
            for door in [_door(plan, datastore, member.host, pki)]
        ),
    )


def objectives(plan: Plan) -> dict[str, float]:
    """Seconds by probe name. A route to a service that needs a datastore cannot be served sooner
    than the datastore: it is held against the objective of writes."""
    outage = plan.objectives.outage
    edge = {
        _edge_name(vip, route): outage.write
        if plan.service(route.service).spec.needs
        else outage.edge
        for route in plan.routes
        for vip in plan.vips
    }
    writers = {
        _writer_name(datastore, member.host): outage.write
        for datastore in plan.datastores
        for member in datastore.members
    }
    return edge | writers


def excused(plan: Plan, drill: str, victim: Victim) -> tuple[str, ...]:
    """The writers whose entry point is the dead host itself: their clients have the others."""
    if drill not in HOST_DRILLS:
        return ()
    return tuple(
        _writer_name(datastore, member.host)
        for datastore in plan.datastores
        for member in datastore.members
        if member.host == victim.host
    )


def timer_values(timers: Timers) -> dict[str, float]:
    """Every timer by its full name, such as corosync.token_ms."""
    groups: Mapping[str, object] = timers.model_dump()
    return {
        f"{group}.{name}": float(value)
        for group, values in groups.items()
        if isinstance(values, dict)
        for name, value in values.items()
        if value is not None
    }


def _edge_name(vip: Vip, route: Route) -> str:
    return f"https .{str(vip.address).rsplit('.', 1)[1]} {route.path}"


def _writer_name(datastore: PlannedDatastore, host: str) -> str:
    return f"{datastore.spec.engine} {datastore.name} via {host}"


def _door(plan: Plan, datastore: PlannedDatastore, host: str, pki: Path) -> Door:
    return Door(
        host=database_name(datastore.name),
        address=str(plan.host(host).address),
        port=datastore.client_port,
        database=datastore.name,
        user=PROBE_USER,
        ca=pki / "ca.crt",
        cert=pki / f"{PROBE_USER}.crt",
        key=pki / f"{PROBE_USER}.key",
    )

"""From a plan to the probes of a drill, and what they are held against."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from holdfast.drill.kinds import HOST_DRILLS
from holdfast.drill.ledger import JOURNEY
from holdfast.drill.victims import Victim
from holdfast.engines.redis import ledger_key
from holdfast.pki.identities import PROBE, password_key
from holdfast.plan.model import (
    Plan,
    PlannedDatastore,
    PlannedMysql,
    PlannedPostgresql,
    PlannedRedis,
    Shard,
    Vip,
)
from holdfast.plan.places import EDGE_PORT, database_name, shard_name
from holdfast.probes.base import Probe
from holdfast.probes.door import Door
from holdfast.probes.http import Browser
from holdfast.probes.https import HttpsProbe
from holdfast.probes.journey import JourneyProbe
from holdfast.probes.mysql import MysqlProbe
from holdfast.probes.postgresql import PostgresqlProbe
from holdfast.probes.redis import Doors, RedisProbe
from holdfast.probes.traveller import arrivals
from holdfast.spec.model import Route
from holdfast.timers.model import Timers

READERS_A_SECOND = 120.0
TRAVELLERS_A_SECOND = 12.0
WRITERS_A_SECOND = 120.0
"""All probes of a kind together ask so often at most: a drill is to look at a system, not to
overload it, and everything of a lab has to run on two cores."""


@dataclass(frozen=True)
class Cast:
    """A probe, what it asks for (its group), its objective in seconds, and the host whose own
    gateway it enters by ("" for a virtual address)."""

    probe: Probe
    group: str
    objective: float
    entry: str = ""


def cast(plan: Plan, pki: Path) -> tuple[Cast, ...]:
    """Every route that is open to everybody, and every journey, through every virtual address, and
    a writer through every host's gateway. `pki` is the folder with ca.crt and the probe's own
    certificate."""
    tls = ssl.create_default_context(cafile=str(pki / "ca.crt"))
    readers = [
        _reader(plan, route, vip, tls)
        for route in plan.routes
        if route.auth is None
        for vip in plan.vips
    ]
    travellers = [_travellers(plan, name, vip, tls) for name in plan.journeys for vip in plan.vips]
    writers = [each for datastore in plan.datastores for each in _writers(plan, datastore, pki)]
    _share(readers, READERS_A_SECOND)
    _share(travellers, TRAVELLERS_A_SECOND)
    _share(writers, WRITERS_A_SECOND)
    return (*readers, *travellers, *writers)


def _share(cast: Sequence[Cast], a_second: float) -> None:
    """Probes of a kind ask as often as each one wants, or as often as all together may."""
    for each in cast:
        each.probe.period = max(each.probe.period, len(cast) / a_second)


def _writers(plan: Plan, datastore: PlannedDatastore, pki: Path) -> Iterator[Cast]:
    """One through each host's gateway; Redis' clients find its shards by themselves."""
    match datastore:
        case PlannedPostgresql() | PlannedMysql():
            for member in datastore.members:
                yield _writer(plan, datastore, member.host, pki)
        case PlannedRedis():
            for shard in datastore.shards:
                yield _redis(plan, datastore, shard, pki, replicas=len(shard.members) // 2)
            yield _redis(plan, datastore, datastore.shards[0], pki, replicas=0)


def _reader(plan: Plan, route: Route, vip: Vip, tls: ssl.SSLContext) -> Cast:
    """A route to a service that needs a datastore cannot be served sooner than the datastore: it
    is held against the objective of writes."""
    outage = plan.objectives.outage
    needs = plan.service(route.service).spec.needs
    name = f"https .{str(vip.address).rsplit('.', 1)[1]} {route.path}"
    probe = HttpsProbe(name, str(vip.address), EDGE_PORT, route.path, tls, _period(plan, route))
    return Cast(probe, f"https {route.path}", outage.write if needs else outage.edge)


def _period(plan: Plan, route: Route) -> float:
    """Seconds between questions by one address. All come from one client: together they use half
    of what the route lets a client have, and leave the rest to journeys."""
    if route.rate is None:
        return HttpsProbe.period
    number, _, unit = route.rate.partition("/")
    a_second = int(number) / (60 if unit == "m" else 1)
    return max(HttpsProbe.period, len(plan.vips) * 2 / a_second)


def _travellers(plan: Plan, name: str, vip: Vip, tls: ssl.SSLContext) -> Cast:
    """Users on one journey; held against the objective of writes, which is what they wait for."""
    journey, group = plan.journeys[name], f"{JOURNEY}{name}"
    end = str(vip.address).rsplit(".", 1)[1]
    probe = JourneyProbe(
        name=f"{group} .{end}",
        asker=Browser(str(vip.address), EDGE_PORT, tls),
        arrive=arrivals(journey, f"{token_hex(4)}-{end}"),
        ledger=group if journey.ledger is not None else "",
    )
    return Cast(probe, group, plan.objectives.outage.write)


def _writer(plan: Plan, datastore: PlannedPostgresql | PlannedMysql, host: str, pki: Path) -> Cast:
    group = f"{datastore.engine} {datastore.name}"
    door = Door(
        host=database_name(datastore.name),
        address=str(plan.host(host).address),
        port=datastore.client_port,
        database=datastore.name,
        user=PROBE,
        ca=pki / "ca.crt",
        cert=pki / f"{PROBE}.crt",
        key=pki / f"{PROBE}.key",
    )
    kind = PostgresqlProbe if isinstance(datastore, PlannedPostgresql) else MysqlProbe
    probe = kind(f"{group} via {host}", door, datastore.name)
    return Cast(probe, group, plan.objectives.outage.write, entry=host)


def _redis(plan: Plan, datastore: PlannedRedis, shard: Shard, pki: Path, *, replicas: int) -> Cast:
    """Without replicas it is not in the ledger: nothing was promised to who does not wait."""
    group = f"{datastore.engine} {shard_name(datastore.name, shard.number)}"
    group = group if replicas else f"{group} without WAIT"
    doors = Doors(
        members=tuple((str(plan.host(m.host).address), shard.port) for m in shard.members),
        user=PROBE,
        password=pki / f"{password_key(datastore.name, PROBE)}.password",
        ca=pki / "ca.crt",
        cert=pki / f"{PROBE}.crt",
        key=pki / f"{PROBE}.key",
    )
    ledger = datastore.name if replicas else ""
    probe = RedisProbe(group, doors, ledger_key(shard, ""), replicas, ledger)
    return Cast(probe, group, plan.objectives.outage.write)


def excused(cast: Iterable[Cast], drill: str, victim: Victim) -> tuple[str, ...]:
    """The probes whose entry point is the dead host itself: their clients have the others."""
    if drill not in HOST_DRILLS:
        return ()
    return tuple(each.probe.name for each in cast if each.entry == victim.host)


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

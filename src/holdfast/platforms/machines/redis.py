"""Redis Cluster on plain machines: one member of every shard per host, each a process of its own,
started by the steward only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from holdfast.bundle import File
from holdfast.engines.redis import PACKAGES, identity, nobody, node_id, pulse_key
from holdfast.engines.redis.access import access, gate_password
from holdfast.engines.redis.settings import configuration
from holdfast.formats.haproxy import Section
from holdfast.formats.ini import render, section
from holdfast.pki.credentials import Credentials
from holdfast.pki.identities import REPLICATION, STEWARD, accounts
from holdfast.plan.model import Plan, PlannedHost, PlannedRedis, PlannedService, Shard
from holdfast.plan.places import (
    STEWARD_UNIT,
    redis_data,
    redis_etc,
    redis_runtime,
    redis_socket,
    redis_unit,
    shard_name,
)
from holdfast.platforms.machines.confinement import UNPRIVILEGED
from holdfast.platforms.machines.engine import Engine, variable
from holdfast.platforms.machines.sources import Sources
from holdfast.platforms.machines.units import STORING_NICE, UNITS

_OWNER = "redis:redis"


def _files(
    plan: Plan,
    datastore: PlannedRedis,
    host: PlannedHost,
    credentials: Credentials,
    sources: Sources,
) -> Iterator[File]:
    etc, units = redis_etc(datastore.name), _units(datastore)
    own = credentials.host(host.name)
    for shard in datastore.shards:
        text, unit = (
            configuration(plan, datastore, shard, host),
            redis_unit(datastore.name, shard.number),
        )
        yield File(host.name, f"{etc}/{shard.number}.conf", text, restarts=(unit,))
    yield File(host.name, f"{etc}/server.crt", own.cert, restarts=units)
    yield File(host.name, f"{etc}/ca.crt", credentials.ca, restarts=units)
    yield _secret(host, f"{etc}/server.key", own.key, units)
    words = {
        account: credentials.password(datastore.name, account)
        for account in accounts(plan, datastore)
    }
    yield _secret(host, f"{etc}/users.acl", access(words, host.name), units)
    path = _steward_secrets(datastore)
    text = _gates(plan, words)
    yield File(host.name, path, text, 0o600, secret=True, restarts=(STEWARD_UNIT,))
    template = redis_unit(datastore.name, 0).replace("@0", "@")
    yield File(host.name, f"{UNITS}/{template}", _unit(datastore), restarts=units)


def _secret(host: PlannedHost, path: str, text: str, units: tuple[str, ...]) -> File:
    return File(host.name, path, text, 0o600, _OWNER, secret=True, restarts=units)


def _steward_secrets(datastore: PlannedRedis) -> str:
    return f"{redis_etc(datastore.name)}/steward.json"


def _gates(plan: Plan, words: dict[str, str]) -> str:
    """What the steward alone knows: its own password, and the hosts' for replication."""
    gates = {host.name: gate_password(words[REPLICATION], host.name) for host in plan.hosts}
    told = {"user": STEWARD, "password": words[STEWARD], "gates": gates}
    return json.dumps(told, indent=2) + "\n"


def _unit(datastore: PlannedRedis) -> str:
    name = datastore.name
    return render(
        [
            section(
                "Unit",
                [
                    f"Description=Redis for datastore {name}, shard %i (the steward starts it)",
                    "After=network.target",
                    "StartLimitIntervalSec=0",
                ],
            ),
            section(
                "Service",
                [
                    "Type=notify",
                    "User=redis",
                    f"ExecStart=/usr/bin/redis-server {redis_etc(name)}/%i.conf",
                    f"RuntimeDirectory={redis_runtime(name)}-%i",
                    "RuntimeDirectoryMode=0700",
                    "LimitNOFILE=16384",
                    "TimeoutStartSec=infinity",
                    "TimeoutStopSec=10",
                    "Restart=no",
                    f"Nice={STORING_NICE}",
                    "OOMScoreAdjust=-500",
                    *UNPRIVILEGED,
                    f"ReadWritePaths={redis_data(name, 0).removesuffix('/0')}/%i",
                ],
            ),
        ]
    )


def _units(datastore: PlannedRedis) -> tuple[str, ...]:
    return tuple(redis_unit(datastore.name, shard.number) for shard in datastore.shards)


def _steward(plan: Plan, datastore: PlannedRedis, host: PlannedHost) -> dict[str, Any]:
    timers = plan.timers.redis
    return {
        "secrets": _steward_secrets(datastore),
        "timers": {
            "settle_s": timers.settle_s,
            "start_s": timers.start_s,
            "handover_s": timers.handover_s,
        },
        "shards": [_shard(plan, datastore, shard) for shard in datastore.shards],
    }


def _shard(plan: Plan, datastore: PlannedRedis, shard: Shard) -> dict[str, Any]:
    return {
        "name": shard_name(datastore.name, shard.number),
        "number": shard.number,
        "first": shard.first,
        "last": shard.last,
        "port": shard.port,
        "bus_port": shard.bus_port,
        "unit": redis_unit(datastore.name, shard.number),
        "data": redis_data(datastore.name, shard.number),
        "socket": redis_socket(datastore.name, shard.number),
        "pulse_key": pulse_key(shard),
        "nobody": nobody(plan, datastore, shard),
        "identity": identity(plan, datastore, shard),
        "members": [
            {
                "host": member.host,
                "preference": member.preference,
                "node": node_id(plan, datastore, shard, member.host),
                "address": str(plan.host(member.host).address),
            }
            for member in shard.members
        ],
    }


def _endpoints(plan: Plan, datastore: PlannedRedis, host: PlannedHost) -> Iterator[Section]:
    """None: clients find the shards' primaries by themselves."""
    yield from ()


def _environment(
    plan: Plan, service: PlannedService, datastore: PlannedRedis
) -> Iterator[tuple[str, str]]:
    """All members, since any of them tells where the others are."""
    name = f"HOLDFAST_{variable(datastore.name)}"
    nodes = (
        f"{plan.host(member.host).address}:{shard.port}"
        for shard in datastore.shards
        for member in shard.members
    )
    yield f"{name}_NODES", ",".join(nodes)
    yield f"{name}_USER", service.name
    yield f"{name}_PASSWORD_FILE", f"%d/{_password_file(datastore)}"


def _password_file(datastore: PlannedRedis) -> str:
    return f"{datastore.name}.password"


def _secrets(
    credentials: Credentials, service: PlannedService, datastore: PlannedRedis
) -> dict[str, str]:
    return {_password_file(datastore): credentials.password(datastore.name, service.name)}


ENGINE: Engine[PlannedRedis] = Engine(
    packages=PACKAGES,
    files=_files,
    # Debian's own unit is only held: never enabled, never started.
    units=lambda datastore: (*_units(datastore), "redis-server.service"),
    steward=_steward,
    endpoints=_endpoints,
    peer_ports=lambda datastore: tuple(
        port for s in datastore.shards for port in (s.port, s.bus_port)
    ),
    client_ports=lambda datastore: tuple(s.port for s in datastore.shards),
    environment=_environment,
    secrets=_secrets,
    seed=None,
    data=lambda datastore: redis_data(datastore.name, datastore.shards[0].number),
)

"""redis.conf of one member: the same for every role, since any may be primary in a second."""

from __future__ import annotations

from holdfast.formats.redis import Value, directives
from holdfast.pki.identities import REPLICATION
from holdfast.plan.model import Plan, PlannedHost, PlannedRedis, Shard
from holdfast.plan.places import redis_data, redis_etc, redis_socket
from holdfast.timers.model import Redis

Lines = list[tuple[str, Value]]

_BACKLOG = "4mb"
"""What a replica may miss and still catch up without a copy of everything."""

_FIRST_REWRITE = "16mb"


def configuration(plan: Plan, datastore: PlannedRedis, shard: Shard, host: PlannedHost) -> str:
    return directives(
        [
            *_doors(datastore, shard, host),
            *_process(datastore, shard),
            *_memory(datastore),
            *_disk(),
            *_replication(plan.timers.redis),
            *_cluster(plan.timers.redis, host),
        ]
    )


def _doors(datastore: PlannedRedis, shard: Shard, host: PlannedHost) -> Lines:
    """TLS with client certificates, and the unix socket."""
    etc = redis_etc(datastore.name)
    return [
        ("bind", str(host.address)),
        ("port", 0),
        ("tls-port", shard.port),
        ("tls-cluster", True),
        ("tls-replication", True),
        ("tls-auth-clients", True),
        ("tls-protocols", "TLSv1.2 TLSv1.3"),
        ("tls-cert-file", f"{etc}/server.crt"),
        ("tls-key-file", f"{etc}/server.key"),
        ("tls-ca-cert-file", f"{etc}/ca.crt"),
        ("unixsocket", redis_socket(datastore.name, shard.number)),
        ("unixsocketperm", 700),
        ("aclfile", f"{etc}/users.acl"),
        ("tcp-keepalive", 10),
    ]


def _process(datastore: PlannedRedis, shard: Shard) -> Lines:
    return [
        ("daemonize", False),
        ("supervised", "systemd"),
        ("dir", redis_data(datastore.name, shard.number)),
        ("loglevel", "notice"),
        ("shutdown-on-sigterm", ("nosave", "now", "force")),
    ]


def _memory(datastore: PlannedRedis) -> Lines:
    """Full is an error that the writer sees: nothing is thrown away to make room."""
    return [
        ("maxmemory", datastore.spec.memory // len(datastore.shards)),
        ("maxmemory-policy", "noeviction"),
        ("maxclients", 4000),
    ]


def _disk() -> Lines:
    """Flushed once a second. A lost host costs nothing that was waited for (WAIT), since another
    host has it in memory; all hosts losing power in the same second may cost that second."""
    return [
        ("save", ""),
        ("appendonly", True),
        ("appendfsync", "everysec"),
        ("auto-aof-rewrite-min-size", _FIRST_REWRITE),
    ]


def _replication(timers: Redis) -> Lines:
    """Without a password nothing is replicated: the steward sets that of one primary, or none.
    No min-replicas: with two hosts lost the steward stops writes, and with one lost they go on."""
    return [
        ("masteruser", REPLICATION),
        ("repl-diskless-sync", True),
        ("repl-diskless-sync-delay", 0),
        ("repl-diskless-load", "disabled"),
        ("repl-backlog-size", _BACKLOG),
        ("repl-timeout", timers.repl_timeout_s),
        ("repl-ping-replica-period", timers.repl_ping_period_s),
        ("min-replicas-to-write", 0),
    ]


def _cluster(timers: Redis, host: PlannedHost) -> Lines:
    """One shard's trouble is not the others'. Who becomes primary is the stewards' alone: Redis'
    own election does not ask who has the most data."""
    return [
        ("cluster-enabled", True),
        ("cluster-config-file", "nodes.conf"),
        ("cluster-node-timeout", timers.node_timeout_ms),
        ("cluster-announce-ip", str(host.address)),
        ("cluster-announce-human-nodename", host.name),
        ("cluster-preferred-endpoint-type", "ip"),
        ("cluster-require-full-coverage", False),
        ("cluster-allow-replica-migration", False),
        ("cluster-replica-no-failover", True),
        ("cluster-link-sendbuf-limit", "64mb"),
    ]

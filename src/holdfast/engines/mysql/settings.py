"""my.cnf: one file for every role, since any member may be the writer in the next second.

Every member begins read-only; the steward opens the one that is to be written to.
"""

from __future__ import annotations

from holdfast.engines.mysql import PROVIDER
from holdfast.formats.ini import Section, render
from holdfast.plan.model import Plan, PlannedHost, PlannedMysql
from holdfast.plan.places import mysql_data, mysql_etc, mysql_run, mysql_socket
from holdfast.timers.model import Galera

Pairs = list[tuple[str, str]]

_GCACHE_MB = 64
"""Write sets that are kept for members that were away; past it they get a full copy."""

_BEHIND = 4096
"""Write sets that a slow member may be behind before it slows down all (gcs.fc_limit; Galera's own
is 16, which a single slow disk feels at once). They wait in that member's memory."""


def configuration(plan: Plan, datastore: PlannedMysql, host: PlannedHost) -> str:
    return render(
        [
            Section(
                "mysqld",
                (
                    *_place(datastore, host),
                    *_resources(datastore),
                    *_tls(datastore),
                    *_durability(),
                    *_replication(plan, datastore, host),
                ),
            ),
            Section("sst", tuple(_transfer(datastore))),
        ]
    )


def members(plan: Plan, datastore: PlannedMysql) -> str:
    """Where a member that starts finds the others."""
    peers = (f"{plan.host(m.host).address}:{datastore.group_port}" for m in datastore.members)
    return f"gcomm://{','.join(peers)}"


def _place(datastore: PlannedMysql, host: PlannedHost) -> Pairs:
    return [
        ("datadir", mysql_data(datastore.name)),
        ("socket", mysql_socket(datastore.name)),
        ("pid_file", f"{mysql_run(datastore.name)}/mysqld.pid"),
        ("bind_address", str(host.address)),
        ("port", str(datastore.port)),
        ("skip_name_resolve", "ON"),
        ("character_set_server", "utf8mb4"),
        ("default_time_zone", "'+00:00'"),
    ]


def _resources(datastore: PlannedMysql) -> Pairs:
    return [
        ("max_connections", "100"),
        ("innodb_buffer_pool_size", str(datastore.spec.memory)),
        ("innodb_log_file_size", "64M"),
        ("innodb_log_buffer_size", "4M"),
        ("key_buffer_size", "1M"),
        ("aria_pagecache_buffer_size", "1M"),
        ("table_open_cache", "200"),
        ("table_definition_cache", "200"),
        ("performance_schema", "OFF"),
    ]


def _tls(datastore: PlannedMysql) -> Pairs:
    etc = mysql_etc(datastore.name)
    return [
        ("ssl_ca", f"{etc}/ca.crt"),
        ("ssl_cert", f"{etc}/server.crt"),
        ("ssl_key", f"{etc}/server.key"),
        ("tls_version", "TLSv1.3"),
        # The unix socket counts as secure.
        ("require_secure_transport", "ON"),
    ]


def _durability() -> Pairs:
    """Nothing is acknowledged that is not on the writer's disk and in the memory of the others."""
    return [
        ("default_storage_engine", "InnoDB"),
        ("enforce_storage_engine", "InnoDB"),
        ("innodb_flush_log_at_trx_commit", "1"),
        ("innodb_doublewrite", "ON"),
        ("read_only", "ON"),
    ]


def _replication(plan: Plan, datastore: PlannedMysql, host: PlannedHost) -> Pairs:
    return [
        ("binlog_format", "ROW"),
        ("innodb_autoinc_lock_mode", "2"),
        ("wsrep_on", "ON"),
        ("wsrep_provider", PROVIDER),
        ("wsrep_provider_options", f'"{_provider(plan.timers.galera, datastore, host)}"'),
        ("wsrep_cluster_name", f"{plan.system}-{datastore.name}"),
        ("wsrep_cluster_address", members(plan, datastore)),
        ("wsrep_node_name", host.name),
        ("wsrep_node_address", f"{host.address}:{datastore.group_port}"),
        ("wsrep_node_incoming_address", f"{host.address}:{datastore.port}"),
        ("wsrep_slave_threads", "4"),
        ("wsrep_sst_method", "mariabackup"),
        ("wsrep_sst_auth", "mysql:"),
        ("wsrep_sst_receive_address", f"{host.address}:{datastore.sst_port}"),
    ]


def _provider(timers: Galera, datastore: PlannedMysql, host: PlannedHost) -> str:
    """Galera's own options. `pc.recovery` is off: a component must never come back by itself, since
    the members that happen to be there need not know what was acknowledged last."""
    etc = mysql_etc(datastore.name)
    options = (
        ("gmcast.listen_addr", f"ssl://{host.address}:{datastore.group_port}"),
        ("ist.recv_addr", f"ssl://{host.address}:{datastore.ist_port}"),
        ("socket.ssl", "yes"),
        ("socket.ssl_ca", f"{etc}/ca.crt"),
        ("socket.ssl_cert", f"{etc}/server.crt"),
        ("socket.ssl_key", f"{etc}/server.key"),
        ("pc.recovery", "no"),
        ("gcache.size", f"{_GCACHE_MB}M"),
        ("gcache.recover", "no"),
        ("gcs.fc_limit", str(_BEHIND)),
        ("gcs.fc_factor", "0.8"),
        ("gcs.fc_single_primary", "yes"),
        *timing(timers),
    )
    return "; ".join(f"{name}={value}" for name, value in options)


def timing(timers: Galera) -> tuple[tuple[str, str], ...]:
    return (
        ("evs.keepalive_period", _period(timers.keepalive_ms)),
        ("evs.suspect_timeout", _period(timers.suspect_ms)),
        ("evs.inactive_timeout", _period(timers.inactive_ms)),
        ("evs.inactive_check_period", _period(timers.inactive_check_ms)),
        ("evs.install_timeout", _period(timers.install_ms)),
        ("evs.join_retrans_period", _period(timers.join_retrans_ms)),
        ("evs.view_forget_timeout", _period(timers.forget_ms)),
        ("gmcast.peer_timeout", _period(timers.peer_ms)),
    )


def _period(ms: int) -> str:
    """ISO 8601, as Galera writes durations."""
    return f"PT{ms / 1000:g}S"


def _transfer(datastore: PlannedMysql) -> Pairs:
    """A full copy travels encrypted, between members of this system only (encrypt 4: key,
    certificate and authority)."""
    etc = mysql_etc(datastore.name)
    return [
        ("encrypt", "4"),
        ("ssl-mode", "VERIFY_CA"),
        ("tca", f"{etc}/ca.crt"),
        ("tcert", f"{etc}/server.crt"),
        ("tkey", f"{etc}/server.key"),
    ]

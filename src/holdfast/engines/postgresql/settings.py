"""postgresql.conf: one file for every role, since any member may be primary in the next second.

What PostgreSQL reads only when it starts is in a file of its own, so that a change there is known
to need a restart.
"""

from __future__ import annotations

from holdfast.formats.postgresql import Value, conninfo, settings
from holdfast.plan.model import Plan, PlannedHost, PlannedPostgresql
from holdfast.plan.places import database_name, postgresql_data, postgresql_etc
from holdfast.timers.model import Postgresql

REPLICATION_USER = "holdfast_replication"

_WAL_KEPT_MB = 256
"""Enough for pg_rewind to find the last common checkpoint of a member that was away shortly."""

_SLOT_WAL_MB = 1024
"""What a dead member's slot may hold back; past it that member is rebuilt."""

Pairs = list[tuple[str, Value]]


def startup(datastore: PlannedPostgresql, host: PlannedHost) -> str:
    """Settings that only a restart changes."""
    return settings([*_place(datastore, host), *_resources(datastore), *_capabilities(datastore)])


def configuration(plan: Plan, datastore: PlannedPostgresql, host: PlannedHost) -> str:
    etc = postgresql_etc(datastore.name)
    timers = plan.timers.postgresql
    return settings(
        [
            ("include", f"{etc}/startup.conf"),
            *_connections(etc, timers),
            *_durability(datastore),
            *_replication(timers),
            ("primary_conninfo", primary_conninfo(datastore, host, timers)),
            *_logging(),
            # Last, so that it wins: what the steward alone decides.
            ("include_if_exists", f"{postgresql_data(datastore.name)}/holdfast.conf"),
        ]
    )


def primary_conninfo(datastore: PlannedPostgresql, host: PlannedHost, timers: Postgresql) -> str:
    """Constant: always the local gate, behind which the steward opens one server or none."""
    etc = postgresql_etc(datastore.name)
    return conninfo(
        [
            ("host", database_name(datastore.name)),
            ("hostaddr", "127.0.0.1"),
            ("port", datastore.gate_port),
            ("user", REPLICATION_USER),
            ("application_name", host.name),
            ("sslmode", "verify-full"),
            ("sslrootcert", f"{etc}/ca.crt"),
            ("sslcert", f"{etc}/server.crt"),
            ("sslkey", f"{etc}/server.key"),
            *keepalives(timers),
        ]
    )


def keepalives(timers: Postgresql) -> list[tuple[str, str | int]]:
    """libpq's settings against a peer that died without a word."""
    return [
        ("keepalives_idle", timers.keepalives_idle_s),
        ("keepalives_interval", timers.keepalives_interval_s),
        ("keepalives_count", timers.keepalives_count),
        ("tcp_user_timeout", timers.tcp_user_timeout_ms),
    ]


def _place(datastore: PlannedPostgresql, host: PlannedHost) -> Pairs:
    etc = postgresql_etc(datastore.name)
    return [
        ("listen_addresses", str(host.address)),
        ("port", datastore.port),
        ("unix_socket_directories", "/run/postgresql"),
        ("hba_file", f"{etc}/pg_hba.conf"),
        ("ident_file", f"{etc}/pg_ident.conf"),
    ]


def _resources(datastore: PlannedPostgresql) -> Pairs:
    return [
        ("max_connections", 100),
        ("shared_buffers", f"{datastore.spec.memory // 1024}kB"),
    ]


def _capabilities(datastore: PlannedPostgresql) -> Pairs:
    # Every member streams, and may at the same time be rewound or copied from.
    connections = 2 * len(datastore.members) + 4
    return [
        ("wal_level", "replica"),
        ("wal_log_hints", True),
        ("hot_standby", True),
        ("max_wal_senders", connections),
        ("max_replication_slots", connections),
    ]


def _connections(etc: str, timers: Postgresql) -> Pairs:
    return [
        ("ssl", True),
        ("ssl_cert_file", f"{etc}/server.crt"),
        ("ssl_key_file", f"{etc}/server.key"),
        ("ssl_ca_file", f"{etc}/ca.crt"),
        ("ssl_min_protocol_version", "TLSv1.3"),
        ("tcp_keepalives_idle", timers.keepalives_idle_s),
        ("tcp_keepalives_interval", timers.keepalives_interval_s),
        ("tcp_keepalives_count", timers.keepalives_count),
        ("tcp_user_timeout", timers.tcp_user_timeout_ms),
        # The unit forbids memory that is both writable and executable.
        ("jit", False),
    ]


def _durability(datastore: PlannedPostgresql) -> Pairs:
    """The write-ahead log: nothing is acknowledged that is not on disk, here and elsewhere."""
    names = ", ".join(f'"{member.host}"' for member in datastore.members)
    return [
        ("fsync", True),
        # One call instead of one per file: a crashed member is back in a fraction of the time.
        ("recovery_init_sync_method", "syncfs"),
        ("full_page_writes", True),
        ("wal_keep_size", f"{_WAL_KEPT_MB}MB"),
        ("max_slot_wal_keep_size", f"{_SLOT_WAL_MB}MB"),
        ("max_wal_size", "512MB"),
        ("synchronous_commit", "on"),
        ("synchronous_standby_names", f"ANY {datastore.sync} ({names})"),
        # One way to handle a crash: the postmaster ends, and the steward decides what follows.
        ("restart_after_crash", False),
    ]


def _replication(timers: Postgresql) -> Pairs:
    return [
        ("wal_sender_timeout", f"{timers.wal_sender_timeout_ms}ms"),
        ("wal_receiver_timeout", f"{timers.wal_receiver_timeout_ms}ms"),
        ("wal_receiver_status_interval", f"{timers.wal_receiver_status_interval_s}s"),
        ("wal_retrieve_retry_interval", f"{timers.wal_retrieve_retry_interval_ms}ms"),
        ("max_standby_streaming_delay", f"{timers.max_standby_delay_ms}ms"),
        ("max_standby_archive_delay", f"{timers.max_standby_delay_ms}ms"),
        ("recovery_min_apply_delay", 0),
    ]


def _logging() -> Pairs:
    """To stderr, which is the journal."""
    return [
        ("log_destination", "stderr"),
        ("logging_collector", False),
        ("log_line_prefix", "%m [%p] %q%u@%d "),
        ("log_timezone", "UTC"),
        ("timezone", "UTC"),
    ]

"""The named profiles: *fast* for a quiet LAN, *balanced* for slower disks and links, *stock* as
the parts come from upstream."""

from __future__ import annotations

from holdfast.timers.model import (
    Corosync,
    Galera,
    Gateway,
    Haproxy,
    Keepalived,
    Pacemaker,
    Postgresql,
    Redis,
    Steward,
    Systemd,
    Timers,
)

_STEWARD = Steward(
    process_poll_ms=50, probe_interval_ms=100, probe_timeout_ms=400, probe_failures=2, watchdog_s=2
)

# haproxy has no default for the first, and takes the first for the second; 10 s is what its manual
# uses in its examples. Tokens: what the signers have agreed on.
_GATEWAY = Gateway(request_ms=5000, keep_alive_ms=10_000, leeway_s=5, token_s=900)
_REDIS = Redis(
    node_timeout_ms=3000,
    repl_timeout_s=5,
    repl_ping_period_s=1,
    settle_s=20,
    start_s=60,
    handover_s=5,
)
_PACEMAKER = Pacemaker(
    patience_s=10,
    dc_deadtime_s=60,
    stonith_timeout_s=20,
    stonith_attempts=3,
    recheck_s=60,
    fence_monitor_s=30,
    singleton_monitor_s=5,
    operation_s=60,
    systemd_s=100,
    failure_timeout_s=60,
)

FAST = Timers(
    profile="fast",
    # Below 400 ms of token knet refuses its own derived ping timers, hence the explicit ones.
    corosync=Corosync(
        token_ms=300,
        token_coefficient_ms=0,
        knet_ping_interval_ms=200,
        knet_ping_timeout_ms=400,
    ),
    keepalived=Keepalived(advert_ms=100),
    haproxy=Haproxy(
        connect_ms=200,
        client_ms=30_000,
        server_ms=10_000,
        check_ms=500,
        # Each check is a TLS handshake, and every gateway makes one with every instance: twice as
        # often would cost more than all the rest of an idle host. Lost hosts are the stewards'
        # business, and a refused connection is tried again at once with another instance.
        inter_ms=2000,
        fastinter_ms=100,
        downinter_ms=300,
        # An instance that is only slow because its host is busy must stay in: with all of them
        # out, nobody is served.
        fall=5,
        rise=1,
        retries=3,
    ),
    gateway=_GATEWAY,
    postgresql=Postgresql(
        wal_receiver_timeout_ms=2000,
        wal_sender_timeout_ms=2000,
        wal_receiver_status_interval_s=1,
        wal_retrieve_retry_interval_ms=50,
        max_standby_delay_ms=200,
        tcp_user_timeout_ms=2000,
        keepalives_idle_s=1,
        keepalives_interval_s=1,
        keepalives_count=2,
    ),
    redis=_REDIS,
    galera=Galera(
        keepalive_ms=200,
        suspect_ms=1000,
        inactive_ms=1500,
        inactive_check_ms=100,
        install_ms=1500,
        join_retrans_ms=200,
        peer_ms=1000,
        forget_ms=4_000,
    ),
    pacemaker=_PACEMAKER,
    steward=_STEWARD,
    systemd=Systemd(restart_ms=50, steward_restart_ms=1000, pacemaker_restart_ms=1000),
)

BALANCED = FAST.model_copy(
    update={
        "profile": "balanced",
        "corosync": Corosync(
            token_ms=1000,
            token_coefficient_ms=0,
            knet_ping_interval_ms=None,
            knet_ping_timeout_ms=None,
        ),
        "keepalived": Keepalived(advert_ms=300),
        "redis": _REDIS.model_copy(update={"node_timeout_ms": 6000, "repl_timeout_s": 10}),
        "galera": Galera(
            keepalive_ms=500,
            suspect_ms=2000,
            inactive_ms=4000,
            inactive_check_ms=200,
            install_ms=2000,
            join_retrans_ms=500,
            peer_ms=2000,
            forget_ms=30_000,
        ),
        "steward": _STEWARD.model_copy(
            update={"probe_timeout_ms": 1000, "probe_interval_ms": 500, "watchdog_s": 5}
        ),
    }
)

STOCK = Timers(
    profile="stock",
    corosync=Corosync(
        token_ms=3000,
        token_coefficient_ms=650,
        knet_ping_interval_ms=None,
        knet_ping_timeout_ms=None,
    ),
    keepalived=Keepalived(advert_ms=1000),
    # haproxy has no default for the first four; these are the usual ones of Debian's file.
    haproxy=Haproxy(
        connect_ms=5000,
        client_ms=50_000,
        server_ms=50_000,
        check_ms=2000,
        inter_ms=2000,
        fastinter_ms=2000,
        downinter_ms=2000,
        fall=3,
        rise=2,
        retries=3,
    ),
    gateway=_GATEWAY.model_copy(update={"request_ms": 10_000}),
    postgresql=Postgresql(
        wal_receiver_timeout_ms=60_000,
        wal_sender_timeout_ms=60_000,
        wal_receiver_status_interval_s=10,
        wal_retrieve_retry_interval_ms=5000,
        max_standby_delay_ms=30_000,
        tcp_user_timeout_ms=0,
        keepalives_idle_s=7200,
        keepalives_interval_s=75,
        keepalives_count=9,
    ),
    redis=_REDIS.model_copy(
        update={"node_timeout_ms": 15_000, "repl_timeout_s": 60, "repl_ping_period_s": 10}
    ),
    galera=Galera(
        keepalive_ms=1000,
        suspect_ms=5000,
        inactive_ms=15_000,
        inactive_check_ms=500,
        install_ms=7500,
        join_retrans_ms=1000,
        peer_ms=3000,
        forget_ms=86_400_000,
    ),
    # The agents' own metadata suggest to look once a minute.
    pacemaker=Pacemaker(
        patience_s=0,
        dc_deadtime_s=20,
        stonith_timeout_s=60,
        stonith_attempts=10,
        recheck_s=900,
        fence_monitor_s=60,
        singleton_monitor_s=60,
        operation_s=60,
        systemd_s=100,
        failure_timeout_s=0,
    ),
    steward=_STEWARD,
    systemd=Systemd(restart_ms=100, steward_restart_ms=1000, pacemaker_restart_ms=1000),
)

PROFILES = {"fast": FAST, "balanced": BALANCED, "stock": STOCK}

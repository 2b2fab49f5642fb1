"""Every timeout of the stack in one value: what is rendered is what is predicted.

Field names carry the unit. Renderers write these numbers into configurations; nothing else may
type a duration.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Corosync(Group):
    """totem: see corosync.conf(5). Detection takes about 2.1 x the effective token."""

    token_ms: int
    token_coefficient_ms: int
    knet_ping_interval_ms: int | None
    knet_ping_timeout_ms: int | None


class Keepalived(Group):
    """VRRPv3: a backup takes over after 3 adverts and its skew (RFC 9568, section 6.1).
    `preempt_delay_ms`: so long a host that starts leaves an address it is preferred for where it is
    served (keepalived.conf(5)), which spares users a machine that is busy with its own start. One
    that nobody serves it takes at once. After a first `up`, too, addresses then come home late."""

    advert_ms: int
    preempt_delay_ms: int = 0


class Haproxy(Group):
    """haproxy configuration manual, section 4 (timeouts) and 5.2 (server checks)."""

    connect_ms: int
    client_ms: int
    server_ms: int
    check_ms: int
    inter_ms: int
    fastinter_ms: int
    downinter_ms: int
    fall: int
    rise: int
    retries: int


class Gateway(Group):
    """haproxy towards users. `request_ms`: until a request has arrived whole, its body as far as
    it is buffered. `leeway_s`: how far a token's signer may be ahead in time. `token_s`: how long
    a token lives at most."""

    request_ms: int
    keep_alive_ms: int
    leeway_s: int
    token_s: int


class Postgresql(Group):
    """postgresql.conf: replication and connection timeouts."""

    wal_receiver_timeout_ms: int
    wal_sender_timeout_ms: int
    wal_receiver_status_interval_s: int
    wal_retrieve_retry_interval_ms: int
    max_standby_delay_ms: int
    tcp_user_timeout_ms: int
    keepalives_idle_s: int
    keepalives_interval_s: int
    keepalives_count: int


class Redis(Group):
    """redis.conf: the cluster bus and replication; then the steward's own. `settle_s`: quiet
    before a primary goes back to where it is wanted; 0 in no profile, as it must never follow a
    failure at once. `start_s`: for a server to load its data, and for the cluster to agree.
    `handover_s`: for the primary to hand over what it has."""

    node_timeout_ms: int
    repl_timeout_s: int
    repl_ping_period_s: int
    settle_s: int
    start_s: int
    handover_s: int


class Galera(Group):
    """Group communication of MySQL's members: Galera's parameters evs.* and gmcast.peer_timeout.
    A silent member is suspected after `suspect_ms`, and left out when all others agree, or after
    `inactive_ms` if they do not: the second line, behind the steward, who tells the group at the
    view change. `forget_ms` (evs.view_forget_timeout): so long a lost member is remembered; while
    one is, members do not agree on the next view before `suspect_ms` (evs_proto.cpp,
    asymmetry_elimination), which is to be over when the lost one returns."""

    keepalive_ms: int
    suspect_ms: int
    inactive_ms: int
    inactive_check_ms: int
    install_ms: int
    join_retrans_ms: int
    peer_ms: int
    forget_ms: int


class Steward(Group):
    """The steward's own: how often it looks at the process it minds, and how long a silent one
    may stay silent before it is killed."""

    process_poll_ms: int
    probe_interval_ms: int
    probe_timeout_ms: int
    probe_failures: int
    watchdog_s: int


class Pacemaker(Group):
    """Pacemaker Explained: cluster options, operations. Nothing that users feel waits for these.

    `patience_s`: so long may a lost host come back by itself before it is switched off; more than a
    killed corosync or pacemaker needs. `dc_deadtime_s`: so long the first hosts of a cold start
    wait for the others. `stonith_timeout_s`: of switching off, after that. `stonith_attempts`:
    failures to fence a host before it is left to a person, and to the next look, every `recheck_s`.
    `fence_monitor_s`, `singleton_monitor_s`: how often a BMC, and a must-be-one service, is looked
    at. `operation_s`: limit of an operation, `systemd_s` of one that systemd carries out, who may
    take 90 s to stop a service. `failure_timeout_s`: after how long a failure is forgotten; 0 for
    never.
    """

    patience_s: int
    dc_deadtime_s: int
    stonith_timeout_s: int
    stonith_attempts: int
    recheck_s: int
    fence_monitor_s: int
    singleton_monitor_s: int
    operation_s: int
    systemd_s: int
    failure_timeout_s: int


class Systemd(Group):
    """How long a killed process stays away. A steward longer than the others: one that returns in
    the middle of the election that its going has caused forces another one."""

    restart_ms: int
    steward_restart_ms: int
    pacemaker_restart_ms: int


class Timers(Group):
    profile: str
    corosync: Corosync
    keepalived: Keepalived
    haproxy: Haproxy
    gateway: Gateway
    postgresql: Postgresql
    redis: Redis

    galera: Galera
    pacemaker: Pacemaker
    steward: Steward
    systemd: Systemd

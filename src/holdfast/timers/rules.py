"""What must hold between timers, for the parts to start and not to trip over each other."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.finding import Finding
from holdfast.timers.model import (
    Corosync,
    Galera,
    Haproxy,
    Keepalived,
    Postgresql,
    Redis,
    Steward,
    Timers,
)

_KNET_RESOLUTION_MS = 200
"""libknet's thread_timer_res: corosync exits when a ping timeout is below it."""

_TOKEN_MINIMUM_MS = 200
"""corosync 3.1.9 refuses 100; 200 is the least that was tried and held."""

_CHECK_MINIMUM_MS = 250
_FALL_MINIMUM = 3
"""Below these, checks of healthy members failed now and then on a busy machine, and each failed
one cut its clients."""

_NODE_PER_TOKEN = 4
"""A lost host is noticed within 2.1 tokens; then its primaries are replaced."""

_ADVERT_STEP_MS = 10
_ADVERT_MAXIMUM_MS = 40_950
"""VRRPv3 sends the interval as 12 bits of centiseconds (RFC 9568, section 5.2.7)."""


def findings(timers: Timers) -> tuple[Finding, ...]:
    """All broken rules; none for the profiles that come with Holdfast."""
    return (
        *_corosync(timers.corosync),
        *_keepalived(timers.keepalived),
        *_haproxy(timers.haproxy),
        *_postgresql(timers.postgresql),
        *_redis(timers.redis, timers.corosync),
        *_galera(timers.galera),
        *_steward(timers.steward),
    )


def _corosync(corosync: Corosync) -> Iterator[Finding]:
    if corosync.token_ms < _TOKEN_MINIMUM_MS:
        yield Finding.error(
            "timers-token",
            f"corosync does not start with a token of {corosync.token_ms} ms",
            f"use at least {_TOKEN_MINIMUM_MS} ms",
            ("timers",),
        )
    # corosync.conf(5): the defaults are a quarter and a half of the token.
    interval = corosync.knet_ping_interval_ms or corosync.token_ms // 4
    timeout = corosync.knet_ping_timeout_ms or corosync.token_ms // 2
    if timeout < _KNET_RESOLUTION_MS:
        yield Finding.error(
            "timers-knet",
            f"knet refuses a ping timeout of {timeout} ms",
            f"set knet_ping_timeout to {_KNET_RESOLUTION_MS} ms or more",
            ("timers",),
        )
    if timeout <= interval:
        yield Finding.error(
            "timers-knet-order",
            f"a knet ping would time out ({timeout} ms) before the next is sent ({interval} ms)",
            "make knet_ping_timeout about twice knet_ping_interval",
            ("timers",),
        )


def _keepalived(keepalived: Keepalived) -> Iterator[Finding]:
    advert = keepalived.advert_ms
    if advert % _ADVERT_STEP_MS or not _ADVERT_STEP_MS <= advert <= _ADVERT_MAXIMUM_MS:
        yield Finding.error(
            "timers-advert",
            f"VRRPv3 cannot advertise every {advert} ms",
            f"use a multiple of {_ADVERT_STEP_MS} ms, up to {_ADVERT_MAXIMUM_MS} ms",
            ("timers",),
        )


def _haproxy(haproxy: Haproxy) -> Iterator[Finding]:
    if haproxy.check_ms < _CHECK_MINIMUM_MS or haproxy.fall < _FALL_MINIMUM:
        yield Finding.warning(
            "timers-check",
            f"{haproxy.fall} checks of {haproxy.check_ms} ms may fail on a healthy, busy host",
            f"allow {_CHECK_MINIMUM_MS} ms and {_FALL_MINIMUM} failures or more",
            ("timers",),
        )
    if haproxy.fastinter_ms > haproxy.inter_ms:
        yield Finding.warning(
            "timers-inter",
            "haproxy would look less often at a server in doubt than at a good one",
            "make fastinter shorter than inter",
            ("timers",),
        )


def _postgresql(postgresql: Postgresql) -> Iterator[Finding]:
    status_ms = postgresql.wal_receiver_status_interval_s * 1000
    if status_ms >= postgresql.wal_sender_timeout_ms:
        yield Finding.error(
            "timers-status",
            "a standby would report less often than its primary waits for it",
            "make wal_receiver_status_interval shorter than wal_sender_timeout",
            ("timers",),
        )


def _redis(redis: Redis, corosync: Corosync) -> Iterator[Finding]:
    """With three hosts; more of them make corosync's token longer by its coefficient."""
    token_ms = corosync.token_ms + corosync.token_coefficient_ms
    if redis.node_timeout_ms < _NODE_PER_TOKEN * token_ms:
        yield Finding.warning(
            "timers-node",
            f"healthy shards may refuse writes: after {redis.node_timeout_ms} ms without a lost "
            "host's primaries, before they were replaced",
            f"make the node timeout {_NODE_PER_TOKEN} tokens or more",
            ("timers",),
        )
    if redis.repl_ping_period_s >= redis.repl_timeout_s:
        yield Finding.error(
            "timers-repl",
            "a replica would hear its primary less often than it waits for it",
            "make repl_ping_period shorter than repl_timeout",
            ("timers",),
        )


def _galera(galera: Galera) -> Iterator[Finding]:
    if not galera.keepalive_ms * 2 < galera.suspect_ms < galera.inactive_ms:
        yield Finding.error(
            "timers-galera",
            f"a Galera member that is heard every {galera.keepalive_ms} ms would be suspected after"
            f" {galera.suspect_ms} ms and left out after {galera.inactive_ms} ms",
            "make each of them longer than the one before, suspect at least two keepalives",
            ("timers",),
        )


def _steward(steward: Steward) -> Iterator[Finding]:
    if steward.process_poll_ms > steward.probe_interval_ms:
        yield Finding.warning(
            "timers-poll",
            "a dead process would be noticed later than a silent one",
            "make process_poll shorter than probe_interval",
            ("timers",),
        )
    silent_ms = steward.probe_failures * (steward.probe_interval_ms + steward.probe_timeout_ms)
    if silent_ms >= steward.watchdog_s * 1000:
        yield Finding.error(
            "timers-watchdog",
            f"the steward may wait {silent_ms} ms for PostgreSQL, but its own watchdog only "
            f"{steward.watchdog_s} s for the steward",
            "make the watchdog longer than all probes together",
            ("timers",),
        )

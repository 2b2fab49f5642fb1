"""Established connections outlive their server, until something gives up on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from holdfast.converge.imported.durations import spelt
from holdfast.converge.imported.pools import is_api, number
from holdfast.converge.imported.reading import Pool
from holdfast.converge.imported.values import Imported
from holdfast.finding import Finding, Severity


def check(seen: Imported, objectives: Mapping[str, float]) -> Iterator[Finding]:
    for pool in seen.pools:
        if len(pool.servers) < 2 or not is_api(pool):
            continue
        if pool.balancer == "nginx" and "keepalive_s" not in pool.facts:
            yield _stuck(
                pool, "timeout_ms", "add 'proxy_socket_keepalive on' and short kernel timers"
            )
        elif pool.balancer == "haproxy" and not any(
            "shutdown_sessions" in server.facts for server in pool.servers
        ):
            hint = "add 'on-marked-down shutdown-sessions' to default-server"
            yield _stuck(pool, "server_ms", hint)


def _stuck(pool: Pool, key: str, hint: str) -> Finding:
    limit = spelt(number(pool, pool.servers[0], key))
    return Finding(
        "sessions-stuck",
        Severity.WARNING,
        f"established connections of {pool.name} stay with a dead server for up to {limit}: "
        "watches and the standbys' connections hang, and leases expire meanwhile",
        hint,
        where=pool.where,
    )

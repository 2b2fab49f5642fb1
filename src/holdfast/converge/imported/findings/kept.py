"""Servers that nothing ever takes out of rotation: every n-th user meets the dead one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from holdfast.converge.imported.durations import spelt
from holdfast.converge.imported.pools import number
from holdfast.converge.imported.reading import Pool, Server
from holdfast.converge.imported.values import Imported
from holdfast.finding import Finding, Severity


def check(seen: Imported, objectives: Mapping[str, float]) -> Iterator[Finding]:
    for pool in seen.pools:
        kept = [server for server in pool.servers if not server.checked]
        if kept and len(pool.servers) > 1:
            yield _nginx(pool, kept) if pool.balancer == "nginx" else _haproxy(pool, kept)


def _loss(pool: Pool, kept: Sequence[Server]) -> str:
    names = ", ".join(server.name for server in kept)
    wait = spelt(number(pool, kept[0], "connect_ms"))
    share = f"one in {len(pool.servers)} new connections waits {wait}"
    return f"{names} of {pool.name}: while one is off, {share}, for as long as it is off"


def _haproxy(pool: Pool, kept: Sequence[Server]) -> Finding:
    return Finding(
        "kept-unchecked",
        Severity.WARNING,
        f"nothing checks {_loss(pool, kept)}",
        "add 'check' to the server, or 'default-server check'",
        where=kept[0].where,
    )


def _nginx(pool: Pool, kept: Sequence[Server]) -> Finding:
    return Finding(
        "kept-max-fails",
        Severity.WARNING,
        f"max_fails=0 keeps {_loss(pool, kept)}",
        "use max_fails=1, with a fail_timeout longer than proxy_connect_timeout",
        where=kept[0].where,
    )

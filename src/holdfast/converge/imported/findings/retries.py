"""What failed is tried again elsewhere: haproxy has to be told so, nginx not to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from holdfast.converge.imported.durations import spelt
from holdfast.converge.imported.pools import number
from holdfast.converge.imported.reading import Pool
from holdfast.converge.imported.values import Imported
from holdfast.finding import Finding, Severity


def check(seen: Imported, objectives: Mapping[str, float]) -> Iterator[Finding]:
    for pool in seen.pools:
        if len(pool.servers) < 2:
            continue
        if pool.balancer == "nginx":
            yield from _nginx(pool)
            continue
        redispatch = pool.facts.get("redispatch")
        if redispatch is None or redispatch.value is False:
            tries = number(pool, pool.servers[0], "retries") + 1
            wait = spelt(tries * number(pool, pool.servers[0], "connect_ms"))
            yield Finding(
                "retries-same",
                Severity.WARNING,
                f"all {tries} attempts of a connection of {pool.name} go to the same server: "
                f"whoever meets a dead one waits {wait}, and fails",
                "add 'option redispatch 1': each next attempt goes to another server",
                where=redispatch.where if redispatch else pool.where,
            )


def _nginx(pool: Pool) -> Iterator[Finding]:
    if (said := pool.facts.get("next")) and said.value is False:
        yield Finding(
            "retries-off",
            Severity.WARNING,
            f"{said.text}: whoever meets a dead server of {pool.name} gets an error",
            "remove it: another server is asked then",
            where=said.where,
        )

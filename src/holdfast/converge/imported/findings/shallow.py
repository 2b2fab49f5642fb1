"""A check that only connects, or says a TLS hello, passes servers that cannot serve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from holdfast.converge.imported.pools import is_api
from holdfast.converge.imported.values import Imported
from holdfast.finding import Finding, Severity


def check(seen: Imported, objectives: Mapping[str, float]) -> Iterator[Finding]:
    for pool in seen.pools:
        checked = any(server.checked for server in pool.servers)
        if pool.balancer == "haproxy" and is_api(pool) and checked and "httpchk" not in pool.facts:
            how = "a TLS hello" if "ssl-hello-chk" in pool.facts else "a connection"
            yield Finding(
                "shallow-check",
                Severity.NOTE,
                f"{how} is all that {pool.name} is asked for: an API server without its etcd "
                "passes",
                "'option httpchk GET /readyz' with 'check check-ssl verify none' asks for more",
                where=pool.where,
            )

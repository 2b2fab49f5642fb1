"""Of all servers that a balancer knows, the one whose loss hurts longest: it sets the timers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from holdfast.converge.imported.reading import Fact, Pool, Server
from holdfast.converge.model.balancers import Checks
from holdfast.timers import upstream
from holdfast.timers.cluster.profiles import PROFILES

_STOCK = PROFILES["stock"]
_API_PORTS = frozenset((6443, 16443))
_API_NAME = re.compile(r"api-?_?server|kube|k8s|control-?_?plane|master", re.I)


def is_api(pool: Pool) -> bool:
    """Whether Kubernetes' API servers are in it: by their port, or by the pool's name."""
    ports = {server.port for server in pool.servers}
    return bool(ports & _API_PORTS) or bool(_API_NAME.search(pool.name) and "etcd" not in pool.name)


def lead_to_api(pools: Iterable[Pool]) -> bool:
    return any(is_api(pool) for pool in pools)


def of(pools: Sequence[Pool], balancer: str) -> tuple[Pool, ...]:
    """This balancer's pools; if some lead to API servers, these only."""
    own = tuple(pool for pool in pools if pool.balancer == balancer and pool.servers)
    return tuple(pool for pool in own if is_api(pool)) or own


def facts(pools: Sequence[Pool]) -> Iterator[Fact]:
    """The timers in force for the slowest server of each balancer."""
    for balancer in ("haproxy", "nginx"):
        slowest = max(
            ((pool, server) for pool in of(pools, balancer) for server in pool.servers),
            key=lambda pair: _rank(*pair),
            default=None,
        )
        if slowest:
            pool, server = slowest
            yield from _named(balancer, pool, server)


def number(pool: Pool, server: Server, key: str) -> int:
    """A timer in force for that server; the balancer's default if nobody has set it."""
    found = server.facts.get(key) or pool.facts.get(key)
    if found is None and key == "fastinter_ms":
        return number(pool, server, "inter_ms")
    if found is None:
        name, stock = f"{pool.balancer}.{key}", getattr(getattr(_STOCK, pool.balancer), key)
        usual = (upstream.BALANCERS.get(name) or upstream.CLUSTER[name]).of("0", stock)
    else:
        usual = found.value
    return usual if isinstance(usual, int) else 0


def detection_s(pool: Pool, server: Server) -> float:
    """The longest that haproxy takes to mark a silent server down."""
    keys = ("inter_ms", "fastinter_ms", "fall", "connect_ms")
    return Checks(*(number(pool, server, key) for key in keys)).longest_s


def _rank(pool: Pool, server: Server) -> tuple[bool, float]:
    """A server that stays in for ever is nginx' slowest, but says nothing of haproxy's checks; a
    backup decides only where there is nothing else."""
    if pool.balancer == "nginx":
        connect = number(pool, server, "connect_ms") if server.checked else math.inf
        return not server.backup, connect
    return server.checked and not server.backup, detection_s(pool, server)


def _named(balancer: str, pool: Pool, server: Server) -> Iterator[Fact]:
    """With the prefix of their group. Checks act together, so each tells of the others, too."""
    own_text = " ".join(
        server.facts[key].text
        for key in ("inter_ms", "fastinter_ms", "fall")
        if key in server.facts
    )
    for key, fact in {**pool.facts, **server.facts}.items():
        if not fact.name.startswith(f"{balancer}.") or "option." in fact.name:
            continue
        text = own_text if key in ("inter_ms", "fastinter_ms", "fall") else fact.text
        yield replace(fact, name=f"{balancer}.{key}", text=text)

"""How a balancer, and who is connected through it, find out that a server is gone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from holdfast.converge.model.graph import Seconds


@dataclass(frozen=True)
class Checks:
    """haproxy takes a server out. All in milliseconds but `fall`.

    The next check begins U(0, inter) after the loss; it fails after c, the next one begins
    `fastinter` after that, until `fall` of them have failed:

        U(0, inter) + fall x c + (fall - 1) x fastinter

    c = min(timeout connect, inter) for a host that is silent; `timeout check` for a process that
    accepts connections and says nothing. Source: haproxy's configuration manual (timeout check,
    fastinter) and src/check.c (process_chk_conn: the interval counts from the end of a check).
    """

    inter_ms: int
    fastinter_ms: int
    fall: int
    connect_ms: int
    hung_ms: int | None = None

    @property
    def fails_s(self) -> float:
        silent = min(self.connect_ms, self.inter_ms)
        return (silent if self.hung_ms is None else self.hung_ms) / 1000

    @property
    def longest_s(self) -> float:
        """With the worst luck: it had just looked."""
        return self.inter_ms / 1000 + self._afterwards_s

    @property
    def _afterwards_s(self) -> float:
        return self.fall * self.fails_s + (self.fall - 1) * self.fastinter_ms / 1000

    def draw(self, chance: np.random.Generator, since: Seconds, *_seen: Seconds) -> Seconds:
        begins = chance.random(since.size) * self.inter_ms / 1000
        return np.asarray(begins + self._afterwards_s)


@dataclass(frozen=True)
class FirstCall:
    """From when the service could answer to when a client that asks again and again is answered,
    while a balancer leads `share` of the new connections to a dead server.

    Such a connection is led elsewhere after `redirect_s` (haproxy: timeout connect with option
    redispatch 1; nginx: proxy_connect_timeout), if the client waits that long: it gives up after
    `patience_s` and asks again, with the same luck:

        redirect_s < patience_s:   redirect_s with probability `share`
        else:                      patience_s x Geometric(1 - share)

    Source: haproxy's manual (option redispatch), ngx_stream_proxy_module; net/http's
    TLSHandshakeTimeout, 10 s in the transport of Kubernetes' clients."""

    share: float
    redirect_s: float
    patience_s: float

    def draw(self, chance: np.random.Generator, since: Seconds, *_seen: Seconds) -> Seconds:
        luck = chance.random(since.size)
        if self.redirect_s < self.patience_s:
            return np.where(luck < self.share, self.redirect_s, 0.0)
        if self.share <= 0:
            return np.zeros(since.size)
        failed = np.floor(np.log1p(-luck) / np.log(self.share))
        return np.asarray(failed * self.patience_s)


@dataclass(frozen=True)
class Idle:
    """An established connection on which nothing comes any more ends after `limit_s`, counted from
    the last thing that came, U(0, activity) before the loss; not before the loss itself.

    `limit_s` is haproxy's timeout server, nginx' proxy_timeout (both end a connection without
    traffic), or HTTP/2's ReadIdleTimeout + PingTimeout: a ping after so much silence, and the end
    when its answer does not come. Source: golang.org/x/net/http2 transport.go (healthCheck),
    apimachinery pkg/util/net/http.go (the two defaults)."""

    limit_s: float
    activity_s: float

    def draw(self, chance: np.random.Generator, since: Seconds, *_seen: Seconds) -> Seconds:
        age = chance.random(since.size) * min(self.activity_s, self.limit_s)
        return np.asarray(np.maximum(0.0, self.limit_s - age))

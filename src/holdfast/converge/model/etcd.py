"""etcd elects a leader."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from holdfast.converge.model.graph import Seconds
from holdfast.timers.cluster.model import Etcd

_VOTE_WINDOW_S = 0.002
"""Two candidates within a round trip and a write to disk of each other split the votes."""


@dataclass(frozen=True)
class Election:
    """From the leader's loss to the first candidate that wins.

    Time goes in ticks of one heartbeat h. A follower that has heard nothing for r ticks stands for
    election, r drawn evenly from E .. 2E-1, E = election / h. The leader was last heard
    U(0, h) before its loss; a follower's own ticks fall U(0, h) after that:

        min over the followers of  -U(0, h) + U(0, h) + (r - 1) h

    and one more round when two stand at once, within 2 ms. Source: go.etcd.io/raft raft.go
    (tickElection, resetRandomizedElectionTimeout); etcd hands it heartbeat and election as ticks
    (server/etcdserver/bootstrap.go)."""

    etcd: Etcd
    followers: int = 2

    def draw(self, chance: np.random.Generator, since: Seconds, *_seen: Seconds) -> Seconds:
        draws = since.size
        heard = chance.random(draws) * self.tick_s
        first = np.sort(self._stands(chance, draws), axis=0)
        again = self._stands(chance, draws).min(axis=0)
        split = (
            first[1] - first[0] < _VOTE_WINDOW_S if self.followers > 1 else np.zeros(draws, bool)
        )
        return np.asarray(first[0] - heard + np.where(split, again, 0.0))

    @property
    def tick_s(self) -> float:
        return self.etcd.heartbeat_ms / 1000

    @property
    def ticks(self) -> int:
        return self.etcd.election_ms // self.etcd.heartbeat_ms

    def _stands(self, chance: np.random.Generator, draws: int) -> Seconds:
        """One row per follower: when it stands, counted from the last heartbeat."""
        shape = (self.followers, draws)
        patience = np.floor(self.ticks * (1 + chance.random(shape)))
        return np.asarray((chance.random(shape) + patience - 1) * self.tick_s)

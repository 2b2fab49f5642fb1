"""How groups of machines notice that one of them is gone: corosync, Galera, VRRP, the steward."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from holdfast.converge.model.graph import Seconds
from holdfast.timers.floors import BACKUP_PRIORITY, VRRP_MAX_PRIORITY, token_s
from holdfast.timers.model import Corosync, Galera, Keepalived, Steward

_CONSENSUS = 1.2
"""Of the token: corosync.conf(5), consensus."""

_RETRANSMITS = 4.2
"""token_retransmits_before_loss_const, 4, and what corosync adds to it (totemconfig.c)."""

_HOLD, _TICK_S = 0.8, 0.01
"""Of a retransmission's interval, less a tick of the kernel (totemconfig.c)."""


@dataclass(frozen=True)
class Detection:
    """From a host's silence to the survivors' agreement that it is gone.

    The token's timer runs since it was last seen; on an idle ring it is held for a while before it
    goes round again, so it was seen U(0, hold) before the loss. Then the survivors wait for the
    lost one to join them, for `consensus`:

        token - U(0, hold) + 1.2 token,    hold = 0.8 x token / 4.2 - 10 ms

    Source: corosync.conf(5) (token, token_coefficient, consensus, hold); exec/totemconfig.c,
    exec/totemsrp.c (memb_state_gather_enter)."""

    corosync: Corosync
    hosts: int = 3

    def draw(self, chance: np.random.Generator, since: Seconds, *_seen: Seconds) -> Seconds:
        token = token_s(self.corosync, self.hosts)
        hold = max(0.0, _HOLD * token / _RETRANSMITS - _TICK_S)
        return np.asarray((1 + _CONSENSUS) * token - chance.random(since.size) * hold)


@dataclass(frozen=True)
class Suspicion:
    """From a Galera writer's silence until every other member suspects it.

    It wrote until its loss, so it was heard just before. Each survivor looks for itself, every
    `inactive_check`; the last one counts:

        suspect + max over the survivors of U(0, inactive_check)

    Source: Galera's parameters evs.* (documentation, "Galera Parameters"); gcomm/src/evs_proto.cpp
    (check_inactive, next_expiration)."""

    galera: Galera
    survivors: int = 2

    def draw(self, chance: np.random.Generator, since: Seconds, *_seen: Seconds) -> Seconds:
        looks = chance.random((self.survivors, since.size)).max(axis=0)
        return np.asarray((self.galera.suspect_ms + looks * self.galera.inactive_check_ms) / 1000)


@dataclass(frozen=True)
class Agreement:
    """From when all suspect a Galera member to a component without it.

    Members that each found out by themselves remember others than their neighbours do, and set
    those aside only `suspect` after they have begun to gather; what they say then is heard with the
    next `join_retrans`. In a group that remembers nobody it may be quicker:

        suspect + U(0, 1) join_retrans

    Source: gcomm/src/evs_proto.cpp (asymmetry_elimination, handle_retrans_timer)."""

    galera: Galera

    def draw(self, chance: np.random.Generator, since: Seconds, *_seen: Seconds) -> Seconds:
        said = chance.random(since.size) * self.galera.join_retrans_ms
        return np.asarray((self.galera.suspect_ms + said) / 1000)


@dataclass(frozen=True)
class Vrrp:
    """From a host's silence to its virtual address on the first backup.

    It advertised last U(0, advert) before its loss; the backup waits for three adverts and its
    skew, which is the longer the lower its priority:

        3 advert + (256 - priority) / 256 x advert - U(0, advert)

    Source: RFC 9568, section 6.1 (Active_Down_Interval, Skew_Time)."""

    keepalived: Keepalived
    priority: int = BACKUP_PRIORITY

    def draw(self, chance: np.random.Generator, since: Seconds, *_seen: Seconds) -> Seconds:
        advert = self.keepalived.advert_ms / 1000
        skew = (VRRP_MAX_PRIORITY - self.priority) / VRRP_MAX_PRIORITY
        return np.asarray((3 + skew - chance.random(since.size)) * advert)


@dataclass(frozen=True)
class Hang:
    """From when a server stops answering to when its steward has given it up.

    The next question comes U(0, probe_interval) later; it is waited for, and after silence the
    next one follows at once:

        U(0, probe_interval) + probe_failures x probe_timeout

    Source: agents/steward/postgresql/health.py, redis/health.py, mysql/watch.py."""

    steward: Steward

    def draw(self, chance: np.random.Generator, since: Seconds, *_seen: Seconds) -> Seconds:
        steward = self.steward
        asks = chance.random(since.size) * steward.probe_interval_ms
        return np.asarray((asks + steward.probe_failures * steward.probe_timeout_ms) / 1000)

"""The mechanisms as plain loops over single events, one draw at a time: what the vectorised laws
are held against. Slow, and as close to the parts' own code as can be read."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable
from random import Random

import numpy as np

from holdfast.converge.model.graph import Law, Seconds

RANKS = (0.1, 0.25, 0.5, 0.75, 0.9)
LOOPS, DRAWS = 1000, 40_000
_LUCK = 0.06
"""Four standard deviations of a rank among so many loops."""


def agree(law: Law, once: Callable[[Random], float], scale: float, since: float = 0.0) -> None:
    """The quantiles of both are alike: closer than `scale` x 5 % (seconds), or than the loops are
    enough to tell where a law jumps."""
    random = Random(1)
    plain = np.quantile([once(random) for _ in range(LOOPS)], RANKS)
    drawn = law.draw(np.random.default_rng(1), np.full(DRAWS, since))
    least, most = (np.quantile(drawn, np.array(RANKS) + by) for by in (-_LUCK, _LUCK))
    off = np.maximum(least - plain, plain - most)
    assert np.max(off) < 0.05 * scale, f"{least} {plain} {most}"


def draw(law: Law, since: float = 0.0, draws: int = 2000, seed: int = 3) -> Seconds:
    return law.draw(np.random.default_rng(seed), np.full(draws, since))


def election(random: Random, heartbeat: float, ticks: int, followers: int) -> float:
    """When two stand within 2 ms of each other, all begin anew, once."""
    first, second = _stand(random, -random.random() * heartbeat, heartbeat, ticks, followers)
    if second - first >= 0.002:
        return first
    return _stand(random, first, heartbeat, ticks, followers)[0]


def _stand(
    random: Random, begun: float, heartbeat: float, ticks: int, followers: int
) -> tuple[float, float]:
    """Every follower counts its own ticks and stands when its count reaches what it has drawn."""
    stood = []
    for _ in range(followers):
        now, limit, count = (
            begun + random.random() * heartbeat,
            random.randrange(ticks, 2 * ticks),
            1,
        )
        while count < limit:
            now += heartbeat
            count += 1
        stood.append(now)
    return tuple(sorted(stood)[:2])  # type: ignore[return-value]


def checks(random: Random, inter: float, fastinter: float, fall: int, connect: float) -> float:
    """A server that was good is checked on, one check after the other."""
    now, failed = random.random() * inter, 0
    while True:
        now += min(connect, inter)
        failed += 1
        if failed == fall:
            return now
        now += fastinter


def takeover(random: Random, duration: float, retry: float, ready: float) -> float:
    """A leader renews for a while, then it is lost at 0; a standby looks, waits while there is no
    API, and takes over. Counted from `ready`."""
    begun = -6 * retry
    renewals = [begun + random.random() * retry]
    while renewals[-1] + retry < 0:
        renewals.append(renewals[-1] + retry)
    # A lease that was seen at the beginning does not run out before the leader is lost.
    now, seen, observed = begun + random.random() * retry, -1, begun
    while True:
        if 0 < now < ready:
            now = ready
        latest = bisect(renewals, now)
        if latest != seen:
            seen, observed = latest, now
        elif now >= observed + duration and latest == len(renewals):
            return now - ready
        now += retry * (1 + 1.2 * random.random())


def silence(random: Random, renew: float, monitor: float, grace: float) -> float:
    """Renewals until 0; looks every `monitor`; a look that finds a new renewal takes its time."""
    renewals = [-8 * renew]
    step = renew * (1 + 0.04 * random.random())
    renewals[0] += random.random() * step
    while renewals[-1] + step < 0:
        renewals.append(renewals[-1] + step)
        step = renew * (1 + 0.04 * random.random())
    now, seen, probed = -6 * renew - random.random() * monitor, 0, 0.0
    while True:
        latest = bisect(renewals, now)
        if latest != seen:
            seen, probed = latest, now
        elif now > 0 and now - probed >= grace - 1e-9:
            return now
        now += monitor


def ring(random: Random, token: float) -> float:
    """The token rests at one member for `hold`, then runs round; it is lost, and missed after
    `token` by whoever saw it last; then consensus is waited for."""
    hold = 0.8 * token / 4.2 - 0.01
    seen = -random.random() * hold
    return seen + token + 1.2 * token


def vrrp(random: Random, advert: float, priority: int) -> float:
    last = -random.random() * advert
    return last + 3 * advert + (256 - priority) * advert / 256


def suspicion(random: Random, suspect: float, check: float, survivors: int) -> float:
    """Each survivor looks every `check`; the last to find that it was heard too long ago counts."""
    found = []
    for _ in range(survivors):
        now = random.random() * check - 3 * check
        while now < suspect:
            now += check
        found.append(now)
    return max(found)


def hang(random: Random, interval: float, timeout: float, failures: int) -> float:
    now = random.random() * interval
    for _ in range(failures):
        now += timeout
    return now


def syncs(changes: list[float], least: float, written: float) -> float:
    """The runner writes when there is something to write and `least` has passed since it last
    did; when has the last change been written?"""
    pending = sorted(changes)
    while True:
        written = max(pending[0], written + least)
        pending = [change for change in pending if change > written]
        if not pending:
            return written

"""The exploration at bounds too wide for a continuous run: `scripts/explore [--deep]`."""

from __future__ import annotations

import argparse
import sys
import time

from tests.unit.agents.explore import Found, calm, search, spelt, walk
from tests.unit.agents.model import Model
from tests.unit.agents.world import Budget

BOUNDS = [
    Budget(writes=2, cuts=1),
    Budget(writes=1, cuts=2),
    Budget(writes=2, kills=1),
    Budget(writes=2, handovers=1),
    Budget(writes=2, restarts=1),
    Budget(writes=2, crashes=1),
    Budget(writes=1, kills=1, handovers=1),
    Budget(writes=1, kills=2),
    Budget(writes=1, restarts=1, delays=1),
]
DEEP = [
    Budget(writes=2, cuts=2),
    Budget(writes=1, cuts=1, restarts=1),
    Budget(writes=1, cuts=1, crashes=1),
    Budget(writes=1, cuts=1, kills=1),
    Budget(writes=1, restarts=2),
    Budget(writes=1, cuts=3),
]


def main() -> int:
    """Exit code 1: something that must never happen did, and its story is printed."""
    parser = argparse.ArgumentParser(prog="explore", description=__doc__)
    parser.add_argument("--deep", action="store_true", help="wider bounds as well: hours")
    parser.add_argument("--states", type=int, default=20_000_000, help="most states of one bound")
    parser.add_argument("--stories", type=int, default=2_000, help="stories of each kind")
    asked = parser.parse_args()
    found = [_searched(left, asked.states) for left in BOUNDS + (DEEP if asked.deep else [])]
    kinds = ((3, False), (3, True), (5, False), (5, True))
    found += [_told(size, fine, asked.stories) for size, fine in kinds]
    return 1 if any(each.why for each in found) else 0


def _searched(left: Budget, limit: int) -> Found:
    model, begun = Model(), time.monotonic()
    begin = calm(model, model.fresh(Budget()))._replace(left=left)
    found = search(model, begin, limit, calm_every=200)
    return _shown(spelt(left), found, begun)


def _told(size: int, fine: bool, stories: int) -> Found:
    model, begun, total = Model(size, fine=fine), time.monotonic(), Found(exhausted=False)
    begin = calm(model, model.fresh(Budget()))
    for seed in range(stories):
        found = walk(model, begin, seed, 300)
        total.states += found.states
        if found.why:
            total.why, total.story = found.why, found.story
            break
    return _shown(
        f"{stories} stories of {size} hosts, {'fine' if fine else 'coarse'}", total, begun
    )


def _shown(what: str, found: Found, begun: float) -> Found:
    print(f"{what}: {found} ({time.monotonic() - begun:.0f} s)", flush=True)
    for label in found.story:
        print("  ", *label)
    return found


if __name__ == "__main__":
    sys.exit(main())

"""The election under every order of events within a bound, and with each rule taken away.

Bounds are those of a continuous run; `scripts/explore` goes deeper.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.agents.explore import (
    Found,
    announced,
    calm,
    delivered,
    left_alone,
    powered_off,
    quiet,
    regrouped,
    search,
    spelt,
    walk,
)
from tests.unit.agents.model import Model
from tests.unit.agents.world import NOWHERE, Budget, Violation

from holdfast.agents.steward.postgresql import election, following, voting, working
from holdfast.agents.steward.postgresql.protocol import Follow, Work
from holdfast.agents.steward.postgresql.standing import Member

BOUNDS = [
    Budget(writes=2, cuts=1),
    Budget(writes=1, cuts=2),
    Budget(writes=1, kills=1),
    Budget(writes=1, handovers=1),
    Budget(writes=1, restarts=1),
    Budget(writes=1, crashes=1),
]


@pytest.mark.parametrize("left", BOUNDS, ids=spelt)
def test_nothing_acknowledged_is_lost_in_any_order(
    left: Budget, capsys: pytest.CaptureFixture[str]
) -> None:
    model = Model()
    found = search(model, calm(model, model.fresh(left))._replace(left=left), calm_every=150)
    with capsys.disabled():
        print(f"\n{spelt(left)}: {found}")
    assert found.why == "", found.story
    assert found.exhausted


def test_a_cold_start_is_safe_in_any_order() -> None:
    model = Model()
    begin = model.fresh(Budget(cuts=2))
    found = search(model, begin, limit=40_000, calm_every=60)
    assert found.why == "", found.story


@pytest.mark.parametrize(("size", "fine"), [(3, False), (3, True), (5, False)])
def test_long_stories_lose_nothing_and_end_well(size: int, fine: bool) -> None:
    model = Model(size, fine=fine)
    begin = calm(model, model.fresh(Budget()))
    for seed in range(150):
        found = walk(model, begin, seed, 250)
        assert found.why == "", (seed, found.story)


# --- each rule is needed ------------------------------------------------------------------------

Patch = tuple[Any, str, Callable[..., Any]]


def keep_position(member: Member, work: Work) -> Member:
    """The position read before the gate was opened again is still believed."""
    after = _given_up(member, work)
    return replace(after, position=member.position) if isinstance(work, Follow) else after


_given_up = working._given_up

WITHOUT: dict[str, tuple[Patch, Budget]] = {
    "2: only a claim that nobody promised beyond is valid": (
        (election, "claim_stands", lambda state, highest: state.claim is not None),
        Budget(),
    ),
    "2: all states are waited for": (
        (election, "all_states_are_here", lambda s: True),
        Budget(writes=3, cuts=3, crashes=1),
    ),
    "3: a primary is demoted before it votes": (
        (election, "must_demote", lambda s: s.member.role in ("starting", "stopped", "failed")),
        Budget(),
    ),
    "4a: the gate is closed before the position is read": (
        (voting, "gate_may_be_open", lambda s: False),
        Budget(),
    ),
    "4b: the promise is on disk before the vote": (
        (voting, "is_promised", lambda s, term: True),
        Budget(),
    ),
    "4d: the position is read after the gate was closed": (
        (working, "_given_up", keep_position),
        Budget(),
    ),
    "5: a pending promotion is settled": ((election, "must_settle", lambda s: False), Budget()),
    "6: an incomplete member abstains": (
        (voting, "is_complete", lambda s: True),
        Budget(cuts=3, writes=2, delays=1, kills=1),
    ),
    "6: a majority must really vote": ((voting, "enough", lambda s, votes: votes > 0), Budget()),
    "7: every member of the view is waited for": (
        (voting, "everyone_spoke", lambda s, office: len(office.votes) >= 2),
        Budget(),
    ),
    "8: the best log wins": (
        (voting, "rank", lambda s, office, host, position: host),
        Budget(),
    ),
    "8: the term comes before the length": (
        (voting, "rank", lambda s, office, host, position: (position.lsn, host)),
        Budget(),
    ),
    "11: clients come after the marker": ((following, "may_serve", lambda s: True), Budget()),
    "12: only a prefix follows": ((following, "fits", lambda s, office: True), Budget()),
    "12: only where the maps agree is rewound": (
        (following, "agree", lambda mine, theirs: True),
        Budget(),
    ),
}
STORIES = 4000
"""How many may be told until one ends badly; most rules need less than a hundred."""

FIRST = {"2: all states are waited for": 900}
"""With which story to begin, where an earlier search has shown that it takes long."""


@pytest.mark.parametrize("rule", WITHOUT)
def test_without_a_rule_something_breaks(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (module, name, mutant), left = WITHOUT[rule]
    monkeypatch.setattr(module, name, mutant)
    assert broken(left, FIRST.get(rule, 0)).why


def broken(left: Budget, first: int) -> Found:
    """The first story that ends badly."""
    model, found = Model(), Found()
    try:
        begin = calm(model, model.fresh(Budget()))._replace(left=left)
    except Violation as violation:
        return Found(why=str(violation))
    for seed in range(first, first + STORIES):
        found = walk(model, begin, seed, 200)
        if found.why:
            break
    return found


def foreign_votes() -> None:
    """`a` elects in a view that is broken already, `b` and `c` in their next one, both for term 1;
    then the network heals, and the votes of `b` and `c` reach `a` before any new view does."""
    model = Model()
    together = (0, 0, 0)
    world = announced(model, regrouped(model.fresh(Budget()), together), 0)
    for i in (1, 2):
        world = delivered(model, world, i)
    world = regrouped(world, (0, 1, 1))
    while world.inboxes[0]:
        world = delivered(model, world, 0)
    world = announced(model, world, 1)
    for i in (1, 2) * 3:
        world = delivered(model, world, i)
    quiet(model, regrouped(world, together))


def test_1_messages_of_other_views_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    foreign_votes()
    monkeypatch.setattr(election, "is_of_this_view", lambda s, sender, message: s.view is not None)
    with pytest.raises(Violation, match="not new"):
        foreign_votes()


@pytest.mark.parametrize("tokens", [True, False])
def test_10_a_follower_of_an_older_term_is_refused(tokens: bool) -> None:
    """A follower sleeps, its gate open, while its primary is elected again: without the term's slot
    it would go on to acknowledge, and vote with a log whose newest term it does not know."""
    model = Model(tokens=tokens)
    world = calm(model, model.fresh(Budget()))
    world = announced(model, regrouped(world, (0, 0, 2)), 0)
    world = quiet(model, world, asleep=2)
    world = announced(model, regrouped(left_alone(model, world, 0), (NOWHERE, 1, 2)), 1)
    world = announced(model, regrouped(model.started(world, 0), (0, 0, 2)), 0)
    world = model.written(quiet(model, world, asleep=2), 0)
    world = model.streamed(world, 2) or world
    world = announced(model, regrouped(powered_off(model, world, 0), (NOWHERE, 1, 1)), 1)
    if tokens:
        quiet(model, world)
    else:
        with pytest.raises(Violation):
            quiet(model, world)

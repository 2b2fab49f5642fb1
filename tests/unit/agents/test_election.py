"""What stewards decide on ordinary bad days, told from event to outcome.

The surroundings are the explorer's model; every decision is production's `election.step`.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.agents.explore import (
    announced,
    calm,
    cuts,
    happenings,
    joined,
    killed,
    powered_off,
    quiet,
)
from tests.unit.agents.model import Model
from tests.unit.agents.world import Budget, World

from holdfast.agents.steward.postgresql import election, voting
from holdfast.agents.steward.postgresql.protocol import (
    Action,
    Again,
    Asked,
    Candidate,
    Delivered,
    Done,
    Durable,
    Handover,
    Position,
    Rejoin,
    Resign,
    Say,
    Send,
    Stop,
    Term,
)
from holdfast.agents.steward.postgresql.standing import Electing, Reigning, Steward, serves
from holdfast.agents.steward.postgresql.terms import agree, is_prefix, trimmed


def served(size: int = 3) -> tuple[Model, World]:
    """A group of hosts that has just begun to serve; `a` is preferred."""
    model = Model(size, fine=True)
    return model, calm(model, model.fresh(Budget()))


def happened(model: Model, world: World) -> tuple[list[str], World]:
    names = []
    for label, after in happenings(model, world):
        names.append(f"{label[0]} {model.names[label[1]]}")
        world = after
    return names, world


def noticed(model: Model, world: World) -> World:
    """All groups hear of their views."""
    for group in sorted(world.unannounced):
        world = announced(model, world, group)
    return world


def back(model: Model, world: World, i: int) -> World:
    *_, (_, together) = joined(model, world, i)
    return noticed(model, together)


def primaries(model: Model, world: World) -> list[str]:
    stewards = (model.steward(world, i) for i in range(len(world.hosts)))
    return [s.me for s in stewards if s is not None and serves(s)]


def log(model: Model, world: World, i: int) -> tuple[int, ...]:
    return model.host(world, i).pg.log


def office(model: Model, world: World, i: int) -> Reigning:
    s = model.steward(world, i)
    assert s is not None
    assert isinstance(s.office, Reigning)
    return s.office


@pytest.mark.parametrize("size", [3, 5, 7])
def test_a_cold_start_ends_with_the_preferred_host_serving(size: int) -> None:
    model, world = served(size)
    assert primaries(model, world) == ["a"]


def test_after_a_power_cut_another_host_serves_everything_acknowledged() -> None:
    model, world = served()
    world = quiet(model, model.written(world, 0))
    acknowledged = world.acked
    world = quiet(model, noticed(model, powered_off(model, world, 0)))
    assert primaries(model, world) == ["b"]
    assert log(model, world, 1)[: len(acknowledged)] == acknowledged


def test_an_ex_primary_that_has_nothing_more_follows_without_a_rebuild() -> None:
    model, world = served()
    world = quiet(model, noticed(model, powered_off(model, world, 0)))
    names, world = happened(model, back(model, world, 0))
    assert primaries(model, world) == ["b"]
    assert "Follow a" in names
    assert "Rejoin a" not in names


def test_an_ex_primary_that_is_ahead_is_rewound() -> None:
    model, world = served()
    world = powered_off(model, model.written(world, 0), 0)
    world = quiet(model, noticed(model, world))
    names, world = happened(model, back(model, world, 0))
    assert "Rejoin a" in names
    assert log(model, world, 0) == log(model, world, 1)


def test_a_member_that_died_while_it_was_being_rewound_is_rebuilt() -> None:
    durable = Durable(promised=1, incomplete=True)
    model, world = served()
    world = powered_off(model, world, 2)
    world = model.change(world, 2, disk=durable)
    works = []
    for _, after in happenings(model, back(model, world, 2)):
        s = model.steward(after, 2)
        works += [s.work] if s is not None and isinstance(s.work, Rejoin) else []
        world = after
    assert works
    assert not any(work.rewind for work in works)
    assert not model.host(world, 2).disk.incomplete


def test_a_killed_primary_resigns_and_nobody_waits_for_its_recovery() -> None:
    model, world = served()
    names, world = happened(model, killed(model, world, 0))
    assert primaries(model, world) == ["b"]
    assert {office(model, world, i).primary for i in range(3)} == {"b"}
    assert "Rejoin a" not in names


def test_a_killed_replica_recovers_without_an_election() -> None:
    model, world = served()
    names, world = happened(model, killed(model, world, 1))
    assert primaries(model, world) == ["a"]
    assert "Promote b" not in names
    assert "Follow b" in names


def test_three_killed_at_once_recover_and_serve() -> None:
    model, world = served()
    for i in range(3):
        world = killed(model, world, i)
    assert len(primaries(model, quiet(model, world))) == 1


def test_all_hosts_losing_power_ends_in_service_with_everything_acknowledged() -> None:
    model, world = served()
    world = quiet(model, model.written(world, 0))
    for i in range(3):
        world = powered_off(model, world, i)
    assert primaries(model, calm(model, world)) == ["a"]


@pytest.mark.parametrize(("to", "expected"), [(None, "b"), ("b", "b"), ("c", "c")])
def test_a_handover_leads_to_whom_it_was_asked_for(to: str | None, expected: str) -> None:
    model, world = served()
    names, world = happened(model, model.hear(world, 1, Asked(to, "maintenance")))
    assert primaries(model, world) == [expected]
    assert names.count("Stop a") == 1
    assert not [name for name in names if name.startswith("Rejoin")]


def test_who_hands_over_resigns_only_when_its_followers_have_everything() -> None:
    model, world = served()
    s = model.steward(world, 0)
    assert s is not None
    assert s.office is not None
    tag = s.office.tag
    s, stopping = election.step(s, Delivered("b", Handover(tag, None, "maintenance")))
    (work,) = (action for action in stopping if isinstance(action, Stop))
    s, meanwhile = election.step(s, Again())
    assert not resignations(stopping + meanwhile)
    _, after = election.step(s, Done(work.number, ok=True))
    assert len(resignations(after)) == 1


def resignations(actions: tuple[Action, ...]) -> list[Action]:
    return [each for each in actions if isinstance(each, Send) and isinstance(each.message, Resign)]


@pytest.mark.parametrize("to", ["a", "x"])
def test_a_handover_to_no_complete_follower_is_refused(to: str) -> None:
    model, world = served()
    names, world = happened(model, model.hear(world, 1, Asked(to, "maintenance")))
    assert primaries(model, world) == ["a"]
    assert "Stop a" not in names


def test_a_handover_is_refused_when_no_majority_of_followers_would_remain() -> None:
    model, world = served()
    world = quiet(model, noticed(model, powered_off(model, world, 2)))
    names, world = happened(model, model.hear(world, 0, Asked("b", "maintenance")))
    assert primaries(model, world) == ["a"]
    assert "Stop a" not in names


def test_an_isolated_primary_stops_and_the_majority_elects() -> None:
    model, world = served()
    parted = {label[1]: after for label, after in cuts(world._replace(left=Budget(cuts=1)))}
    world = quiet(model, noticed(model, parted[(0, 1, 1)]))
    assert primaries(model, world) == ["b"]
    s = model.steward(world, 0)
    assert s is not None
    assert (s.routed, s.member.role) == (None, "standby")


# --- single rules -------------------------------------------------------------------------------


def electing(positions: dict[str, Position | None]) -> Steward:
    """A member of a view of three that has heard these votes and abstentions."""
    model, world = served()
    s = model.steward(world, 0)
    assert s is not None
    assert s.office is not None
    s = replace(s, office=Electing(s.office.tag, 2))
    for host, position in positions.items():
        assert isinstance(s.office, Electing)
        s, _ = voting.count(s, s.office, host, Candidate(s.office.tag, 2, position))
    return s


def winner(s: Steward) -> str | None:
    assert isinstance(s.office, Electing)
    return s.office.winner


def test_the_best_log_wins_and_term_comes_before_length() -> None:
    s = electing({"a": Position(1, 900), "b": Position(2, 100), "c": Position(1, 100)})
    assert winner(s) == "b"


def test_among_equals_the_preferred_host_wins() -> None:
    assert winner(electing(dict.fromkeys("cba", Position(1, 100)))) == "a"


def test_nobody_wins_before_every_member_has_spoken() -> None:
    assert winner(electing({"a": Position(1, 100), "b": Position(1, 100)})) is None


def test_who_abstains_is_not_waited_for() -> None:
    s = electing({"a": None, "c": Position(1, 100), "b": Position(1, 90)})
    assert winner(s) == "c"


def test_an_election_without_a_majority_of_votes_waits_for_a_late_one() -> None:
    undecided = electing({"a": None, "b": None, "c": Position(1, 100)})
    assert winner(undecided) is None
    assert isinstance(undecided.office, Electing)
    vote = Candidate(undecided.office.tag, 2, Position(1, 90))
    assert winner(voting.count(undecided, undecided.office, "b", vote)[0]) == "c"


def test_a_steward_says_why_at_every_decision() -> None:
    _, actions = election.start("a", ("a",), (("a", 1),), Durable())
    said = [action for action in actions if isinstance(action, Say)]
    assert all(each.why for each in said)


# --- term maps ----------------------------------------------------------------------------------

FIRST, SECOND, THIRD = Term(1, 2, 0), Term(2, 3, 100), Term(3, 3, 120)


@pytest.mark.parametrize(
    ("position", "prefix"),
    [
        (Position(0, 0), True),
        (Position(1, 100), True),
        (Position(1, 101), False),
        (Position(2, 500), True),
        (Position(3, 121), False),
    ],
)
def test_a_log_is_a_prefix_up_to_the_end_of_its_last_term(position: Position, prefix: bool) -> None:
    assert is_prefix(position, (FIRST, SECOND)) is prefix


def test_a_timeline_that_means_two_terms_cannot_be_rewound() -> None:
    assert not agree((FIRST, THIRD), (FIRST, SECOND))
    assert agree((FIRST,), (FIRST, SECOND))
    assert agree((FIRST, SECOND), (FIRST,))


def test_a_term_without_a_record_is_forgotten_at_the_next_promotion() -> None:
    assert trimmed((FIRST, SECOND), Position(1, 100)) == (FIRST,)

"""The node agents' decision, case by case."""

from __future__ import annotations

from holdfast.agents.node.decision import step
from holdfast.agents.node.protocol import (
    Action,
    Clean,
    Done,
    Event,
    Grade,
    Heard,
    Knocked,
    Noted,
    Order,
    Powered,
    Rest,
    Say,
    Seen,
    Settings,
    StartOwn,
    StopOwn,
    Tick,
    Watch,
)
from holdfast.agents.node.standing import Agent, Kept

NODES = ("n1", "n2", "n3")
WITHOUT_N3 = Seen(100, (1, 2), ("n1", "n2"), ("n1", "n2"))
ALL_THERE = Seen(0, (1, 1), NODES, NODES)


def agent(name: str = "n1", kept: Kept | None = None) -> Agent:
    settings = Settings(name, NODES, alone_ms=5000, certain_ms=15_000, recheck_ms=10_000)
    return Agent(settings, kept or Kept())


def told(begin: Agent, *events: Event) -> tuple[Agent, list[Action]]:
    """The actions of the last event only."""
    actions: tuple[Action, ...] = ()
    for event in events:
        begin, actions = step(begin, event)
    return begin, list(actions)


def calm(name: str = "n1") -> Agent:
    """All are there, and whoever acts has looked at them."""
    done = [Done(node, Grade.CLEAN, ok=True) for node in NODES] if name == "n1" else []
    return told(agent(name), ALL_THERE, *done)[0]


def noted(sender: str, silent: bool = True, ring: tuple[int, int] = (1, 2)) -> Heard:
    return Heard(sender, Noted(ring, "n3", silent))


def lost(begin: Agent) -> tuple[Agent, list[Action]]:
    return told(begin, WITHOUT_N3, Knocked("n3", True), noted("n1"), noted("n2"))


def test_a_lost_node_is_knocked_at_first() -> None:
    _, actions = told(calm(), WITHOUT_N3)
    assert Watch("n3") in actions
    assert not [a for a in actions if isinstance(a, Order) and a.node == "n3"]


def test_all_that_are_there_must_hear_nothing_before_the_first_acts() -> None:
    half, actions = told(calm(), WITHOUT_N3, Knocked("n3", True), noted("n1"))
    assert Order("n3", Grade.LOST) not in actions
    assert told(half, noted("n2"))[1] == [Order("n3", Grade.LOST)]
    assert lost(calm("n2"))[1] == []


def test_a_node_that_anybody_hears_is_let_be() -> None:
    slow, actions = told(calm(), WITHOUT_N3, Knocked("n3", True), noted("n1"), noted("n2", False))
    assert actions == []
    assert told(slow, Tick(60_000))[1][-1:] != [Order("n3", Grade.GONE)]


def test_what_was_noted_of_another_ring_does_not_count() -> None:
    begin, _ = told(calm(), WITHOUT_N3, Knocked("n3", True), noted("n1"))
    assert told(begin, noted("n2", ring=(1, 1)))[1] == []


def test_nothing_is_ordered_without_a_quorum() -> None:
    begin, _ = lost(calm())
    alone = Seen(200, (1, 3), ("n1",), ("n1",))
    _, actions = told(begin, Done("n3", Grade.LOST, ok=True), alone)
    assert not [a for a in actions if isinstance(a, Order)]
    assert Rest("n3") in actions


def test_the_next_one_takes_over() -> None:
    five = Settings("n2", ("n1", "n2", "n3", "n4", "n5"), 5000, 15_000, 10_000)
    four = ("n1", "n2", "n4", "n5")
    begin, _ = told(Agent(five, Kept()), Seen(0, (1, 1), five.nodes, five.nodes))
    begin, _ = told(begin, Seen(1, (1, 2), four, four), Knocked("n3", True))
    begin, _ = told(begin, Seen(2, (2, 3), four[1:], four[1:]), Knocked("n1", True))
    words = [noted(sender, ring=(2, 3)) for sender in four[1:]]
    assert told(begin, *words)[1] == [Order("n3", Grade.LOST)]


def test_a_dead_agent_on_a_living_node_is_no_lost_node() -> None:
    _, actions = told(calm(), Seen(100, (1, 1), ("n1", "n2"), NODES))
    assert not [a for a in actions if isinstance(a, Watch)]
    assert Order("n3", Grade.CLEAN) in actions


def test_what_must_not_run_twice_waits_for_the_bmc() -> None:
    begin, _ = told(lost(calm())[0], Done("n3", Grade.LOST, ok=True))
    assert told(begin, Powered("n3", False))[1] == []
    assert told(begin, Powered("n3", True))[1] == [Order("n3", Grade.GONE)]


def test_or_until_its_own_agent_must_have_stopped_it() -> None:
    begin, _ = told(lost(calm())[0], Done("n3", Grade.LOST, ok=True))
    assert Order("n3", Grade.GONE) not in told(begin, Tick(15_099))[1]
    assert Order("n3", Grade.GONE) in told(begin, Tick(15_100))[1]


def test_which_an_agent_that_was_not_there_will_not() -> None:
    before = Seen(0, (1, 1), ("n1", "n2"), NODES)
    begin, _ = lost(told(agent(), before, Tick(50))[0])
    begin, _ = told(begin, Done("n3", Grade.LOST, ok=True))
    assert Order("n3", Grade.GONE) not in told(begin, Tick(100_000))[1]


def test_an_agent_that_left_a_moment_before_its_node_left_with_it() -> None:
    left = Seen(90, (1, 1), ("n1", "n2"), NODES)
    begin, _ = lost(told(calm(), left)[0])
    begin, _ = told(begin, Done("n3", Grade.LOST, ok=True))
    assert Order("n3", Grade.GONE) in told(begin, Tick(20_000))[1]


def test_a_node_that_is_back_is_cleaned_and_told_so() -> None:
    begin, _ = told(lost(calm())[0], Done("n3", Grade.LOST, ok=True))
    begin, actions = told(begin, Seen(9000, (1, 4), NODES, NODES))
    assert Order("n3", Grade.CLEAN) in actions
    assert told(begin, Done("n3", Grade.CLEAN, ok=True))[1] == [Say(Clean("n3"))]


def test_an_order_that_fails_is_given_again_with_the_clock() -> None:
    begin, actions = told(lost(calm())[0], Done("n3", Grade.LOST, ok=False))
    assert actions == []
    assert Order("n3", Grade.LOST) in told(begin, Tick(300))[1]


def test_an_isolated_agent_stops_its_workloads_until_the_others_say_it_is_clean() -> None:
    alone = Seen(100, (3, 2), ("n3",), ("n3",))
    begin, _ = told(calm("n3"), alone)
    assert told(begin, Tick(5099))[1] == []
    begin, actions = told(begin, Tick(5100))
    assert actions == [StopOwn()]
    begin, actions = told(begin, Tick(6000), Seen(7000, (1, 4), NODES, NODES))
    assert StartOwn() not in actions
    assert told(begin, Heard("n1", Clean("n3")))[1] == [StartOwn()]


def test_a_host_that_has_just_booted_alone_stops_nothing() -> None:
    assert told(agent(), Seen(0, (1, 1), ("n1",), ("n1",)), Tick(60_000))[1] == []


def test_an_agent_started_anew_in_the_middle_goes_on_counting() -> None:
    kept = Kept(quorate=True, since=100)
    alone = Seen(4000, (3, 3), ("n3",), ("n3",))
    assert told(agent("n3", kept), alone, Tick(5100))[1] == [StopOwn()]

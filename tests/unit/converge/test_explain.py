"""What a cut comes down to, held against cuts whose every moment is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.converge import kinds
from holdfast.converge.explain import Explained, explain
from holdfast.converge.phases import Course, Milestone, Phase, State, course
from holdfast.drill.timeline import Outcome, Timeline
from holdfast.errors import InputError

from . import paper


def phases(of: Course) -> dict[str, Phase]:
    return {phase.name: phase for phase in of.phases}


def explained(**changed: object) -> Explained:
    return explain(paper.timeline(**changed))  # type: ignore[arg-type]


def adds_up(of: Course) -> None:
    assert of.total_s is not None
    took = sum(phase.took_s or 0.0 for phase in of.phases)
    assert took == pytest.approx(of.total_s)


def test_the_parts_add_up_to_each_of_the_two_times() -> None:
    cut = explained()
    for each in cut.courses:
        adds_up(each)
    assert cut.api.total_s == pytest.approx(1.0, abs=0.3)
    assert cut.service.total_s == pytest.approx(10.7, abs=0.2)


def test_each_phase_names_its_timers() -> None:
    cut = explained()
    named = phases(cut.service)["the node is NotReady"]
    assert "controller_manager.grace_ms" in named.timers
    assert cut.header.timer(named.timers[0]) == "controller_manager.grace_ms=4000"


def test_what_is_in_the_shadow_took_nothing() -> None:
    """The scheduler's standby took over long before there was a pod to schedule."""
    own = phases(explained().service)
    took = own["scheduler: a standby takes over"]
    assert (took.state, took.took_s) == (State.ENDED, 0.0)
    assert own["the node is NotReady"].took_s == pytest.approx(8.5 - 4.3)


def test_leaders_elsewhere_need_no_takeover() -> None:
    """Only the node is lost: no election, no lease that runs out."""
    cut = explained(said=paper.without("etcd", "lease", "controller-manager"), was="")
    states = {name: phase.state for name, phase in phases(cut.service).items()}
    assert states["etcd elects a leader"] is State.NOT_NEEDED
    assert states["controller-manager: a standby takes over"] is State.NOT_NEEDED
    adds_up(cut.service)
    assert phases(cut.service)["the node is NotReady"].took_s == pytest.approx(8.5)


def test_a_balancer_that_nobody_waited_for_stands_aside() -> None:
    cut = explained(said={**paper.QUIET, ("haproxy", "down", "n3", "apiservers/n1"): 12.0})
    assert phases(cut.api)["the balancer gives the dead one up"].state is State.ASIDE
    adds_up(cut.api)


def test_what_nobody_saw_falls_to_the_next_phase() -> None:
    cut = explained(said=paper.without("kube-proxy"))
    own = phases(cut.service)
    assert own["kube-proxy has written its rules"].state is State.NOT_SEEN
    assert own["the first answer"].took_s == pytest.approx(0.4, abs=0.15)
    adds_up(cut.service)


def test_a_phase_that_never_ends_is_no_number() -> None:
    """Tolerations longer than the watch: the node is tainted, and its pod is never evicted."""
    until = {key: at for key, at in paper.QUIET.items() if key[0] not in ("pod", "endpoints")}
    del until[("kube-proxy", "added", "n2", "solo")], until[("kube-proxy", "added", "n3", "solo")]
    never = {"solo clusterip on n2": 99.0, "solo clusterip on n3": 99.0}
    cut = explained(said=until, served=never)
    assert cut.service.total_s is None
    own = phases(cut.service)
    assert own["the NoExecute taint"].state is State.ENDED
    assert own["its pod is evicted"].state is State.NOT_ENDED
    assert own["its pod is evicted"].took_s == pytest.approx(15.0 - 8.6)
    assert own["the first answer"].state is State.NOT_REACHED
    assert own["the first answer"].took_s is None
    assert cut.answered_s["solo clusterip"] is None


def test_one_client_that_is_never_served_is_enough() -> None:
    cut = explained(served={"solo clusterip on n3": 99.0})
    assert cut.service.total_s is None
    assert phases(cut.service)["the first answer"].state is State.NOT_ENDED


def test_a_second_takeover_is_the_one_that_was_waited_for() -> None:
    again = {
        **paper.QUIET,
        ("lease", "taken", "n2", "controller-manager"): 6.0,
        ("controller-manager", "running", "n2", ""): 7.0,
    }
    own = phases(explained(said=again).service)
    assert own["controller-manager: a standby takes over"].at_s == pytest.approx(6.0)
    assert own["controller-manager: its controllers run"].took_s == pytest.approx(1.0)


def test_where_agents_act_only_the_replacement_waits_for_the_controllers() -> None:
    """They delete the pod at once; the node is called lost when all is over."""
    early = {
        **paper.QUIET,
        ("node", "tainted", "", "n1"): 0.9,
        ("pod", "deleting", "n1", "solo"): 1.0,
        ("pod", "created", "", "solo"): 4.4,
        ("pod", "scheduled", "n2", "solo"): 4.5,
        ("pod", "running", "n2", "solo"): 5.0,
        ("pod", "ready", "n2", "solo"): 5.2,
        ("endpoints", "added", "n2", "solo"): 5.3,
        ("kube-proxy", "added", "n2", "solo"): 5.4,
        ("kube-proxy", "added", "n3", "solo"): 5.4,
    }
    served = {"solo clusterip on n2": 5.5, "solo clusterip on n3": 5.5}
    cut = explained(said=early, served=served, agent=True)
    own = phases(cut.service)
    assert "the node is NotReady" not in own
    assert own["the NoExecute taint"].took_s == pytest.approx(0.2)
    assert own["controller-manager: a standby takes over"].took_s == pytest.approx(2.2)
    assert own["controller-manager: its controllers run"].took_s == pytest.approx(1.1)
    adds_up(cut.service)


def test_connections_lost_after_the_first_answer_are_counted() -> None:
    tail = tuple(
        paper.sample("api via n2", at, at + 2.0, Outcome.UNKNOWN) for at in (4.05, 6.05, 8.05)
    )
    cut = explained(extra=tail)
    assert cut.tail is not None
    assert cut.tail.bad == 3
    assert cut.tail.last_s == pytest.approx(10.05)
    assert explained().tail is not None and explained().tail.bad == 0  # type: ignore[union-attr]


def test_every_third_connection_lost_to_the_end_has_no_end() -> None:
    """As with a balancer that never gives the dead one up: the last answer was good by luck."""
    lost = tuple(
        paper.sample("api via n2", at, at + 2.0, Outcome.FAIL) for at in (4.05, 9.05, 12.5)
    )
    assert explained(extra=lost[:2]).api.total_s == pytest.approx(11.05, abs=0.3)
    cut = explained(extra=lost)
    assert cut.api.total_s is None
    assert phases(cut.api)["stuck connections end, every answer is good"].state is State.NOT_ENDED
    assert cut.answered_s["kubectl"] == pytest.approx(1.0, abs=0.3)


def test_a_call_that_hung_counts_though_others_were_answered() -> None:
    hung = (paper.sample("kubectl via n2", 0.3, 9.3, Outcome.OK),)
    cut = explained(extra=hung)
    assert cut.api.total_s == pytest.approx(9.3, abs=0.6)
    stuck = phases(cut.api)["stuck connections end, every answer is good"]
    assert stuck.took_s == pytest.approx(8.4, abs=0.6)
    adds_up(cut.api)


def test_survivors_pods_are_told_by_their_last_failure() -> None:
    cut = explained(served={"test-service clusterip on n2": 2.0})
    lost = cut.survivors[kinds.CLUSTER_IP]
    assert lost.bad in (19, 20)
    assert lost.last_s == pytest.approx(1.91, abs=0.05)


def test_a_watch_that_hangs_hears_nothing() -> None:
    watches = {
        ("watch", "opened", "n2", "0"): -3.0,
        ("watch", "opened", "n2", "1"): -3.0,
        ("watch", "told", "n2", "0"): 8.6,
        ("watch", "told", "n2", "1"): 2.0,
    }
    heard = explained(said={**paper.QUIET, **watches}).heard
    assert heard == {"n2/0": pytest.approx(8.6), "n2/1": None}
    assert explained().heard == {}


def test_nothing_was_cut() -> None:
    whole = paper.timeline()
    lines = [whole.header, *whole.samples]
    with pytest.raises(InputError, match="nothing was cut"):
        explain(Timeline.of(lines))


@given(
    st.lists(st.none() | st.floats(0, 400, allow_nan=False), min_size=1, max_size=12),
    st.floats(0, 400, allow_nan=False),
)
def test_any_milestones_add_up(moments: list[float | None], end: float) -> None:
    """Whatever was seen, in whatever order: the parts are never negative, and add up."""
    stones = [Milestone(str(number), at) for number, at in enumerate(moments)]
    told = course("any", [*stones, Milestone("end", end)], watched_s=500.0)
    assert all(phase.took_s is not None and phase.took_s >= 0 for phase in told.phases)
    adds_up(told)


def test_what_fails_after_a_long_calm_has_another_cause() -> None:
    """Stock timers are watched for minutes; a machine that others use has its moments."""
    lost = tuple(
        paper.sample("test-service clusterip on n2", at, at + 1.0, Outcome.FAIL)
        for at in (2.05, 8.05, 45.05)
    )
    slow = (paper.sample("kubectl via n2", 50.0, 58.0, Outcome.OK),)
    cut = explained(extra=(*lost, *slow), watched=70.0)
    assert cut.survivors["clusterip"].bad == 3
    assert cut.survivors["clusterip"].last_s == pytest.approx(9.05)
    assert cut.api.total_s == pytest.approx(1.0, abs=0.3)

"""Each law against a plain loop of its mechanism, and what must hold of it in any case."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.converge.model.balancers import Checks, FirstCall, Idle
from holdfast.converge.model.controllers import ApiEndpoint, Grace, Silence, Takeover
from holdfast.converge.model.etcd import Election
from holdfast.converge.model.graph import FAULT, Course, Law, Step
from holdfast.converge.model.groups import Agreement, Detection, Hang, Suspicion, Vrrp
from holdfast.converge.model.laws import Fixed, Sometimes, Took
from holdfast.converge.model.proxy import Sync
from holdfast.timers.cluster.model import ControllerManager, Etcd, KubeProxy, Leases
from holdfast.timers.cluster.profiles import FAST
from holdfast.timers.model import Corosync, Galera, Keepalived, Steward
from holdfast.timers.profiles import FAST as MACHINES

from . import plain

few = settings(max_examples=8, deadline=None)


@few
@given(st.integers(10, 300), st.integers(5, 20), st.integers(2, 4))
def test_etcd_elects_as_its_followers_tick(heartbeat: int, ticks: int, followers: int) -> None:
    law = Election(Etcd(heartbeat_ms=heartbeat, election_ms=ticks * heartbeat), followers)
    tick = heartbeat / 1000
    plain.agree(law, lambda r: plain.election(r, tick, ticks, followers), ticks * tick)


@few
@given(st.integers(50, 60_000), st.integers(50, 10_000), st.integers(1, 5), st.integers(50, 10_000))
def test_haproxy_takes_a_server_out_as_its_checks_fail(
    inter: int, fastinter: int, fall: int, connect: int
) -> None:
    law = Checks(inter, fastinter, fall, connect)
    i, f, c = inter / 1000, fastinter / 1000, connect / 1000
    plain.agree(law, lambda r: plain.checks(r, i, f, fall, c), i)
    assert plain.draw(law).min() >= fall * min(c, i)


def test_a_hung_server_is_checked_for_as_long_as_it_may_stay_silent() -> None:
    assert plain.draw(Checks(100, 100, 3, 100, hung_ms=500)).min() >= 1.7


@few
@given(st.integers(500, 20_000), st.integers(100, 3000), st.sampled_from([0.0, 0.7, 3.0]))
def test_a_standby_takes_over_as_it_looks(duration: int, retry: int, ready: float) -> None:
    law = Takeover(Leases(duration_ms=duration, renew_ms=duration, retry_ms=retry))
    d, r = duration / 1000, retry / 1000
    plain.agree(law, lambda random: plain.takeover(random, d, r, ready), d + 2 * r, ready)


def test_a_standby_that_looks_very_often_takes_over_when_the_lease_ends() -> None:
    law = Takeover(Leases(duration_ms=15_000, renew_ms=10_000, retry_ms=10))
    assert plain.draw(law) == pytest.approx(15, abs=0.06)


@few
@given(st.integers(1, 40), st.integers(50, 5000), st.integers(1, 20))
def test_a_silent_node_is_lost_as_the_controller_looks(
    lease: int, monitor: int, looks: int
) -> None:
    manager = _manager(monitor, monitor * looks + 10_000)
    law = Silence(manager, lease * 250)
    renew, m, grace = lease / 4, monitor / 1000, _grace(manager)
    plain.agree(law, lambda r: plain.silence(r, renew, m, grace), renew + m)


def test_a_controller_that_begins_counts_in_whole_looks() -> None:
    assert _grace(_manager(5000, 50_000)) == pytest.approx(50)
    assert _grace(_manager(3000, 4000)) == pytest.approx(6)
    looks = Took(p50=0.02, p90=0.02)
    assert _grace(_manager(250, 4000), looks) == pytest.approx(15 * 0.27)


def _grace(manager: ControllerManager, look: Took | None = None) -> float:
    law = Grace(manager) if look is None else Grace(manager, look)
    return float(plain.draw(law).max())


def test_the_lost_api_server_leaves_its_service_within_its_entry_and_a_look() -> None:
    drawn = plain.draw(ApiEndpoint(), draws=20_000)
    assert 5 <= drawn.min() < 6
    assert 24 < drawn.max() <= 25


@few
@given(st.integers(250, 5000))
def test_corosync_misses_its_token_and_waits_for_consensus(token: int) -> None:
    ring = Corosync(
        token_ms=token,
        token_coefficient_ms=0,
        knet_ping_interval_ms=None,
        knet_ping_timeout_ms=None,
    )
    plain.agree(Detection(ring), lambda r: plain.ring(r, token / 1000), token / 1000)


@few
@given(st.integers(1, 100))
def test_vrrp_waits_for_three_adverts_and_its_skew(tens: int) -> None:
    advert = tens / 100
    law = Vrrp(Keepalived(advert_ms=tens * 10), 140)
    plain.agree(law, lambda r: plain.vrrp(r, advert, 140), advert)


@few
@given(st.integers(1200, 5000), st.integers(50, 500), st.integers(1, 4))
def test_galera_suspects_when_all_have_looked(suspect: int, check: int, survivors: int) -> None:
    law = Suspicion(_galera(suspect_ms=suspect, inactive_check_ms=check), survivors)
    s, c = suspect / 1000, check / 1000
    plain.agree(law, lambda r: plain.suspicion(r, s, c, survivors), c)


@few
@given(st.integers(500, 5000), st.integers(10, 1000))
def test_galera_agrees_when_the_unknown_are_set_aside(suspect: int, retrans: int) -> None:
    law = Agreement(_galera(suspect_ms=suspect, join_retrans_ms=retrans))
    s, t = suspect / 1000, retrans / 1000
    plain.agree(law, lambda r: s + r.random() * t, t)


def _galera(**changed: int) -> Galera:
    return MACHINES.galera.model_copy(update=changed)


@few
@given(st.integers(10, 500), st.integers(10, 1000), st.integers(1, 4))
def test_a_steward_gives_up_a_server_that_hangs(interval: int, timeout: int, failures: int) -> None:
    steward = Steward(
        process_poll_ms=50,
        probe_interval_ms=interval,
        probe_timeout_ms=timeout,
        probe_failures=failures,
        watchdog_s=5,
    )
    i, t = interval / 1000, timeout / 1000
    plain.agree(Hang(steward), lambda r: plain.hang(r, i, t, failures), i)


@given(
    st.lists(st.floats(0, 100), min_size=1, max_size=5),
    st.integers(0, 80_000),
    st.integers(1, 300_000),
    st.integers(0, 2**16),
)
@settings(deadline=None)
def test_kube_proxy_writes_as_its_runner_does(
    changes: list[float], least: int, sync: int, seed: int
) -> None:
    """Draw by draw: the age of the last writing is the only chance in it."""
    *seen, last = sorted(changes)
    law = Sync(KubeProxy(sync_ms=sync, min_sync_ms=least))
    took = law.draw(
        np.random.default_rng(seed), np.array([last]), *(np.array([one]) for one in seen)
    )
    written = -np.random.default_rng(seed).random(1)[0] * sync / 1000
    assert last + took[0] == pytest.approx(plain.syncs([*seen, last], least / 1000, written))


def test_first_call_closed_forms() -> None:
    """A third of the calls is led elsewhere after 0.3 s; or gives up after 10 s, and tries again:
    half a failure on average."""
    redirected = plain.draw(FirstCall(1 / 3, 0.3, 10.0), draws=50_000)
    assert set(redirected) == {0.0, 0.3}
    assert redirected.mean() == pytest.approx(0.1, abs=0.005)
    refused = plain.draw(FirstCall(1 / 3, 10.0, 10.0), draws=50_000)
    assert refused.mean() == pytest.approx(5.0, abs=0.15)
    assert (refused == 0).mean() == pytest.approx(2 / 3, abs=0.01)
    assert not plain.draw(FirstCall(0.0, 10.0, 10.0)).any()


def test_an_idle_connection_ends_after_its_limit_at_most() -> None:
    drawn = plain.draw(Idle(45.0, 2.0), draws=20_000)
    assert 43.0 <= drawn.min() < 43.1
    assert 44.9 < drawn.max() <= 45.0


def test_work_has_the_quantiles_that_it_was_given() -> None:
    drawn = plain.draw(Took(p50=0.2, p90=0.6), draws=100_000)
    assert np.quantile(drawn, [0.5, 0.9]) == pytest.approx([0.2, 0.6], rel=0.03)
    assert not plain.draw(Took(p50=0, p90=0)).any()


def test_sometimes_is_as_often_as_it_says() -> None:
    assert plain.draw(Sometimes(0.25, 4.0), draws=50_000).mean() == pytest.approx(1.0, abs=0.03)


def _etcd(election_ms: int) -> Etcd:
    return Etcd(heartbeat_ms=50, election_ms=election_ms)


def _proxy(min_sync_ms: int) -> KubeProxy:
    return KubeProxy(sync_ms=30_000, min_sync_ms=min_sync_ms)


def _manager(monitor: int, grace: int) -> ControllerManager:
    return ControllerManager(
        monitor_ms=monitor, grace_ms=grace, leases=FAST.controller_manager.leases
    )


def _longer() -> list[tuple[str, Law, Law]]:
    """A law, and the same with one timer longer: with the same luck never shorter."""
    leases = FAST.scheduler.leases
    manager = FAST.controller_manager
    return [
        ("election", Election(_etcd(500), 1), Election(_etcd(600), 1)),
        ("inter", Checks(300, 100, 2, 300), Checks(400, 100, 2, 300)),
        ("fastinter", Checks(300, 100, 2, 300), Checks(300, 200, 2, 300)),
        ("fall", Checks(300, 100, 2, 300), Checks(300, 100, 3, 300)),
        ("connect", Checks(300, 100, 2, 200), Checks(300, 100, 2, 300)),
        (
            "duration",
            Takeover(leases),
            Takeover(leases.model_copy(update={"duration_ms": 3100})),
        ),
        (
            "grace",
            Silence(manager, 1000),
            Silence(manager.model_copy(update={"grace_ms": 4100}), 1000),
        ),
        ("idle", Idle(4.0, 2.0), Idle(5.0, 2.0)),
        ("advert", Vrrp(Keepalived(advert_ms=100)), Vrrp(Keepalived(advert_ms=110))),
        ("sync", Sync(_proxy(1000)), Sync(_proxy(2000))),
    ]


@pytest.mark.parametrize(("name", "short", "long"), _longer(), ids=[e[0] for e in _longer()])
def test_a_longer_timer_never_shortens(name: str, short: Law, long: Law) -> None:
    course = Course(5000, seed=11)
    for since in (0.0, 1.5):
        after = Step("after", FAULT, Fixed(since))
        first = course.took(Step(name, after, short))
        assert (course.took(Step(name, after, long)) >= first - 1e-9).all()

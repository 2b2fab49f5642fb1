"""False failovers against a plain simulation of pauses, and what must hold of them."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest

from holdfast.converge.model.cost import cost
from holdfast.converge.model.laws import Took
from holdfast.converge.model.stability import BUSY, QUIET, STALLS, Stalls, chance, per_year, risks
from holdfast.timers.change import changed
from holdfast.timers.cluster import profiles as clusters
from holdfast.timers.cluster.model import ClusterTimers
from holdfast.timers.model import Timers
from holdfast.timers.profiles import FAST, PROFILES

EVERY: list[ClusterTimers | Timers] = [*PROFILES.values(), *clusters.PROFILES.values()]
NO_DISK = {"rtt": Took(p50=0, p90=0), "fsync": Took(p50=0, p90=0)}


def test_the_rate_is_that_of_simulated_pauses() -> None:
    """Years of pauses of three hosts, each longer one than three adverts counted."""
    stalls = Stalls(pauses_per_day=500, pause=Took(p50=0.05, p90=0.15), **NO_DISK)
    random = np.random.default_rng(5)
    years = 4
    sigma = np.log(3) / 1.2815515655446004
    pauses = 0.05 * np.exp(sigma * random.standard_normal(3 * 365 * 500 * years))
    simulated = float((pauses > 0.3).sum()) / years
    told = next(risk for risk in risks(FAST, stalls) if risk.what == "an address moves")
    assert told.per_year == pytest.approx(simulated, rel=0.03)


def test_more_patience_is_never_riskier() -> None:
    for stalls in STALLS.values():
        for name in ("corosync.token_ms", "keepalived.advert_ms", "steward.probe_timeout_ms"):
            group, field = name.split(".")
            longer = changed(FAST, {name: 2 * getattr(getattr(FAST, group), field)})
            assert per_year(longer, stalls) <= per_year(FAST, stalls)


def test_faster_profiles_are_riskier_and_cost_more() -> None:
    for fast, stock in ((FAST, PROFILES["stock"]), (clusters.FAST, clusters.STOCK)):
        for stalls in STALLS.values():
            assert per_year(fast, stalls) > per_year(stock, stalls)
        assert cost(fast).cores > cost(stock).cores


def test_busy_machines_are_riskier() -> None:
    for timers in EVERY:
        assert per_year(timers, BUSY) > per_year(timers, QUIET)


def test_the_profiles_are_bearable_on_a_quiet_machine() -> None:
    for timers in EVERY:
        assert per_year(timers, QUIET) < 1


def test_a_rate_becomes_a_chance() -> None:
    assert chance(0) == 0
    assert chance(1) == pytest.approx(1 - exp(-1))


def test_impatience_is_certain_to_fail() -> None:
    stalls = Stalls(pauses_per_day=1, rtt=Took(p50=10, p90=20))
    assert all(
        risk.per_year == 365 * n for risk, n in zip(risks(FAST, stalls), [3] * 6, strict=True)
    )

"""From a drill and a victim to a fault, or to a refusal with a hint."""

from __future__ import annotations

import pytest

from holdfast.drill.kinds import FREEZE, HANDOVER, KILL, LINK_CUT, POWER_OFF
from holdfast.drill.strike import fault
from holdfast.drill.victims import Victim
from holdfast.errors import InputError
from holdfast.hosts.memory import MemoryHost
from holdfast.plan.model import Plan

UNIT = "holdfast-postgresql-accounts.service"


def strike(plan: Plan, drill: str, label: str, unit: str | None) -> str:
    doors = {host.name: MemoryHost(host.name) for host in plan.hosts}
    struck = fault(drill, Victim(label, "n1", unit, ""), plan, doors, 60.0)
    assert struck.host == "n1"
    return struck.name


@pytest.mark.parametrize("drill", [KILL, FREEZE, HANDOVER])
def test_a_primary_can_be_killed_frozen_and_relieved(shop: Plan, drill: str) -> None:
    assert strike(shop, drill, "primary:accounts", UNIT) == drill


@pytest.mark.parametrize(
    ("drill", "label", "unit"),
    [(KILL, "n1", None), (HANDOVER, "replica:accounts", UNIT)],
)
def test_a_pair_that_makes_no_sense_is_refused(
    shop: Plan, drill: str, label: str, unit: str | None
) -> None:
    with pytest.raises(InputError) as caught:
        strike(shop, drill, label, unit)
    assert "primary:accounts" in caught.value.hint


@pytest.mark.parametrize("drill", [POWER_OFF, LINK_CUT, FREEZE])
def test_a_lab_host_can_be_struck_as_a_whole(shop: Plan, drill: str) -> None:
    assert strike(shop, drill, "n1", None) == drill


@pytest.mark.parametrize("drill", [POWER_OFF, LINK_CUT, FREEZE])
def test_only_a_lab_host_is_struck_as_a_whole_from_here(shop: Plan, drill: str) -> None:
    hosts = tuple(
        host.model_copy(update={"fence": host.fence.model_copy(update={"lab": False})})
        for host in shop.hosts
    )
    with pytest.raises(InputError, match="lab host"):
        strike(shop.model_copy(update={"hosts": hosts}), drill, "n1", None)

"""haproxy's own counters, before and after."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.load.counters import counted, totals
from holdfast.plan.model import Plan

STAT = Path(__file__).parents[2] / "cases/haproxy/stat.csv"


def test_a_recorded_answer() -> None:
    found = totals(STAT.read_text())
    assert found["edge", "FRONTEND"] > 0
    assert found["service-front", "n1-3"] > 0
    assert found["readers-accounts", "n2"] == 0


@pytest.mark.parametrize("text", ["", "Unknown command\n", "# a,b\n1,2\n"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="does not tell"):
        totals(text)


def test_all_hosts_are_added_up(shop: Plan) -> None:
    before = {
        host: {("edge", "FRONTEND"): 5, ("service-front", "n1-3"): 1} for host in ("n1", "n2", "n3")
    }
    after = {
        host: {key: 10 + count for key, count in each.items()} for host, each in before.items()
    }
    found = counted(shop, before, after)
    assert found["gateway"] == {"n1": 10, "n2": 10, "n3": 10}
    front = found["service front"]
    assert front is not None and front["n1-3"] == 30 and front["n2-1"] == 0


def test_one_host_that_does_not_tell_or_began_anew_leaves_it_unknown(shop: Plan) -> None:
    some = {("edge", "FRONTEND"): 5}
    assert counted(shop, {"n1": some}, {"n1": None})["gateway"] is None
    assert counted(shop, {"n1": None}, {"n1": some})["service front"] is None
    assert counted(shop, {"n1": some}, {"n1": {("edge", "FRONTEND"): 4}})["gateway"] is None

"""Many runs as one page."""

from __future__ import annotations

from typing import Any

from holdfast.drill.timeline import STALLED, stall
from holdfast.report.bench import batches, page


def run(at: str, timers: str, seconds: float | None, lost: int | None = 0) -> dict[str, Any]:
    writer = {"group": "writes", "acked": 9, "unknown": 1, "lost": lost, "excused": False}
    interval = None if seconds is None else [seconds - 0.05, seconds]
    return {
        "drill": "power-off",
        "victim": "primary:accounts",
        "timers": timers,
        "started_at": at,
        "verdict": "held",
        "machine": {"cpus": "2", "load": "0.5"},
        "phases": [{"name": "view", "at_s": 0.6}],
        "events": [],
        "probes": {
            "via n1": {**writer, "outage_s": interval},
            "via n2": {**writer, "outage_s": [0.1, 0.2]},
            "via n3": {**writer, "outage_s": [90.0, 99.0], "excused": True},
        },
    }


RUNS = [run("3", "fast", 0.9), run("1", "fast", 1.1), run("2", "fast", 1.0)]


def test_the_worst_surviving_entry_point_of_each_run_counts() -> None:
    (batch,) = batches(RUNS)
    spread = batch.outages()["writes"]
    assert spread.figures == (1.1, 1.0, 0.9)
    assert str(spread) == "0.90 | **1.00** | 1.10"
    assert batch.total("lost") == 0


def test_what_did_not_end_is_worse_than_anything() -> None:
    (batch,) = batches([*RUNS, run("4", "fast", None)])
    assert max(batch.outages()["writes"].figures) == float("inf")


def test_an_unknown_loss_is_not_none_lost() -> None:
    (batch,) = batches([*RUNS, run("4", "fast", 1.0, lost=None)])
    assert batch.total("lost") is None
    assert "**unknown**" in page([run("4", "fast", 1.0, lost=None)])


def test_the_ratio_needs_both_profiles() -> None:
    assert "worth" not in page(RUNS)
    text = page([*RUNS, run("5", "stock", 8.0)])
    assert "| 8.00 | 1.00 | 8.0 |" in text


def test_runs_in_which_the_probes_themselves_had_no_processor_are_counted() -> None:
    assert "no processor" not in page(RUNS)
    events = [{"kind": STALLED, "detail": stall(seconds)} for seconds in (0.3, 1.5)]
    text = page([*RUNS, {**run("4", "fast", 2.0), "events": events}])
    assert "In 1 of the runs the probes had no processor" in text
    assert "1.50 s at most" in text


def test_a_page_without_runs_is_still_one() -> None:
    assert page([]).startswith("# Benchmarks")


def test_a_soak_shows_how_often_something_happened() -> None:
    soak = {"timers": "fast", "minutes": 20, "busy": 2, "load": 2.345, "elections": 0, "views": 1}
    assert "| fast | 20 | 2 | 2.3 | 0 | 1 | - | - | - | - |" in page(RUNS, [soak])
    under = {**soak, "rate": 50.0, "asked": 60000, "failed": 0, "unanswered": 3}
    assert "| 0 | 1 | 50.0 | 60000 | 0 | 3 |" in page(RUNS, [under])
    assert "Nothing happens" not in page(RUNS)


def even(at: str, asked: int) -> dict[str, Any]:
    layer = {"seen": {"n1": 1, "n2": 1}, "counted": None, "excess": 0.004, "p": 0.9, "limit": 0.01}
    reads = {**layer, "seen": None, "counted": {"n1": 2}, "excess": None, "limit": None}
    judged = {"verdict": "held", "why": "even"}
    return {
        "started_at": at,
        "rate": 200.0,
        "asked": asked,
        "failed": 0,
        "unknown": 1,
        "verdict": "unknown",
        "layers": {"gateway": {**layer, **judged}, "reads accounts": {**reads, **judged}},
    }


def test_evenness_is_shown_of_the_newest_run_that_can_tell() -> None:
    text = page(RUNS, [], [even("1", 10_000), even("2", 9_999), even("3", 500)])
    assert "9999 requests" in text and "10000" not in text and "500 requests" not in text
    assert "| gateway | 2 | 0.40% | 0.900 | 1.0% | held |" in text
    assert "| reads accounts | 1 | unknown | 0.900 | - | shown only |" in text
    assert "evenly" not in page(RUNS, [], [even("3", 500)])


def test_drills_with_several_datastores_are_compared_path_by_path() -> None:
    def several(at: str, timers: str, seconds: dict[str, float]) -> dict[str, Any]:
        found = run(at, timers, 1.0)
        probe = found["probes"]["via n1"]
        found["probes"] = {
            group: {**probe, "group": group, "outage_s": [0.0, out]}
            for group, out in seconds.items()
        }
        return found

    fast = several("1", "fast", {"postgresql accounts": 1.0, "mysql orders": 2.0})
    stock = several("2", "stock", {"postgresql accounts": 8.0, "mysql orders": 30.0})
    text = page([fast, stock])
    assert "| postgresql accounts | 8.00 | 1.00 | 8.0 |" in text
    assert "| mysql orders | 30.00 | 2.00 | 15.0 |" in text


def test_hosts_are_alike_and_what_they_did_is_told() -> None:
    lost = [
        {**run(str(n), "fast", 1.0), "victim": f"n{n}", "victim_host": f"n{n}", "was": "primary"}
        for n in (1, 2)
    ]
    text = page(lost)
    assert "## power-off of a host, timers: fast" in text
    assert "What the lost host did before: primary (2 x)." in text
    assert "did before" not in page(RUNS)

"""Many runs as one page."""

from __future__ import annotations

from typing import Any

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


def test_a_page_without_runs_is_still_one() -> None:
    assert page([]).startswith("# Benchmarks")


def test_a_soak_shows_how_often_something_happened() -> None:
    soak = {"timers": "fast", "minutes": 20, "busy": 2, "load": 2.345, "elections": 0, "views": 1}
    assert "| fast | 20 | 2 | 2.3 | 0 | 1 |" in page(RUNS, [soak])
    assert "Nothing happens" not in page(RUNS)

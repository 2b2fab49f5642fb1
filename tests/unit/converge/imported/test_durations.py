"""Each part spells durations in its own way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.converge.imported import durations

READ: list[tuple[Callable[[str], int], str, int]] = [
    (durations.haproxy, "60s", 60_000),
    (durations.haproxy, "300", 300),
    (durations.haproxy, "2500us", 2),
    (durations.haproxy, "1d", 86_400_000),
    (durations.nginx, "10", 10_000),
    (durations.nginx, "1m30s", 90_000),
    (durations.nginx, "1h 5ms", 3_600_005),
    (durations.go, "0", 0),
    (durations.go, "1m0s", 60_000),
    (durations.go, "1.5h", 5_400_000),
    (durations.seconds, "0.25", 250),
    (durations.milliseconds, "5000", 5000),
    (durations.systemd, "5", 5000),
    (durations.systemd, "1min 30s", 90_000),
    (durations.systemd, "100ms", 100),
    (durations.pacemaker, "PT15S", 15_000),
    (durations.pacemaker, "16", 16_000),
    (durations.pacemaker, "2min", 120_000),
    (durations.iso, "PT0.5S", 500),
    (durations.iso, "PT1M30S", 90_000),
    (durations.iso, "P1DT1H", 90_000_000),
]

REFUSED: list[tuple[Callable[[str], int], str]] = [
    (durations.haproxy, "60 s s"),
    (durations.haproxy, "1m30s"),
    (durations.haproxy, ""),
    (durations.nginx, "soon"),
    (durations.go, "10"),
    (durations.go, "-1s"),
    (durations.seconds, "1s"),
    (durations.iso, "P"),
    (durations.iso, "5s"),
    (durations.systemd, "infinity"),
]


@pytest.mark.parametrize(("read", "text", "ms"), READ)
def test_read(read: Callable[[str], int], text: str, ms: int) -> None:
    assert read(text) == ms


@pytest.mark.parametrize(("read", "text"), REFUSED)
def test_refused(read: Callable[[str], int], text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        read(text)


def test_postgresql_has_a_unit_per_setting() -> None:
    assert durations.postgresql("10", "s") == 10_000
    assert durations.postgresql("10", "ms") == 10
    assert durations.postgresql("1min", "ms") == 60_000
    assert durations.postgresql("-1", "ms") == -1


@given(st.integers(min_value=0, max_value=10**9))
def test_what_is_spelt_is_read_again(ms: int) -> None:
    assert durations.go(durations.spelt(ms)) == ms

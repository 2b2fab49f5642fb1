"""What is said of a host's condition, and what a host can find out of its own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.agents.steward import condition as agent
from holdfast.pki.authority import LEAF_LIFE, Authority
from holdfast.pki.identities import Identity
from holdfast.platforms.machines.condition import CLOCKS_APART_S, ENDS_SOON_S, FULL, warnings

NOW = 1_790_000_000.0
SIZE = 1 << 30


def told(**more: Any) -> dict[str, Any]:
    disk = {"free": SIZE // 2, "size": SIZE, "free_inodes": 900, "inodes": 1000}
    return {
        "disks": {"/var/lib/holdfast": disk | more.pop("disk", {})},
        "certificates": {"/etc/holdfast/pki/host.pem": NOW + more.pop("ends", 300 * 86_400)},
        "failed": [],
        "synchronised": True,
        "offset": 0.0,
        "offset_error": 0.1,
        **more,
    }


def of(**more: Any) -> tuple[str, ...]:
    return warnings({"n1": told(**more), "n2": told(), "n3": told()}, NOW)


def test_of_what_is_well_nothing_is_said() -> None:
    assert of() == ()


def test_what_a_host_does_not_tell_is_said_to_be_unknown() -> None:
    (line,) = warnings({"n1": None, "n2": told()}, NOW)
    assert line.startswith("n1: ") and "unknown" in line
    assert "nobody knows" in of(failed=None)[0]
    assert "nobody knows" in of(certificates={})[0]


def test_a_clock_that_may_be_kept_is_not_called_neglected() -> None:
    assert "nothing keeps" in of(offset=60.0, synchronised=False)[0]
    assert "nothing keeps" not in of(offset=60.0, synchronised=None)[0]


@given(free=st.integers(0, SIZE))
def test_a_disk_is_full_below_a_tenth(free: int) -> None:
    assert bool(of(disk={"free": free})) == (free < FULL * SIZE)


def test_inodes_end_before_bytes_do() -> None:
    (line,) = of(disk={"free_inodes": 9})
    assert line.startswith("n1: the disk of /var/lib/holdfast has hardly any inodes left")


def test_a_file_system_without_inodes_of_its_own_is_not_full() -> None:
    assert of(disk={"free_inodes": 0, "inodes": 0}) == ()


@pytest.mark.parametrize(("left", "word"), [(-1.0, "has ended"), (ENDS_SOON_S - 1, "ends")])
def test_a_certificate_is_named_before_it_ends_and_after(left: float, word: str) -> None:
    (line,) = of(ends=left)
    assert f"/etc/holdfast/pki/host.pem {word} on 20" in line
    assert "holdfast up" in line


@given(offset=st.floats(-1e6, 1e6), error=st.floats(0, 5))
def test_only_a_clock_that_is_surely_wrong_is_called_so(offset: float, error: float) -> None:
    surely = abs(offset) > CLOCKS_APART_S + error
    assert bool(of(offset=offset, offset_error=error)) == surely


def test_of_three_clocks_the_odd_one_is_named_also_where_ours_is_wrong() -> None:
    told_of = {"n1": told(offset=60.0), "n2": told(offset=60.2), "n3": told(offset=0.0)}
    (line,) = warnings(told_of, NOW)
    assert line.startswith("n3: its clock is 60.0 s behind")


def test_failed_units_are_named() -> None:
    assert "keepalived.service has failed" in of(failed=["keepalived.service"])[0]


def test_a_host_reads_when_its_certificates_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    pair = Authority.create("shop", now).issue(Identity("n1", dns=("n1",)), now)
    (tmp_path / "host.pem").write_text(pair.key + pair.cert)
    (tmp_path / "keys.pem").write_text(pair.key)
    monkeypatch.setattr(agent, "ETC", tmp_path)
    told = agent.condition()
    ends = told["certificates"]
    assert list(ends) == [str(tmp_path / "host.pem")]
    assert ends[str(tmp_path / "host.pem")] == pytest.approx((now + LEAF_LIFE).timestamp(), abs=2)
    assert json.loads(json.dumps(told)) == told

"""Health between two looks: a log that stands still is not healthy, whatever its member says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.drill.look import HostLook, Look, MemberLook, ailments

HOSTS = ("n1", "n2", "n3")
MEMBERS = {"accounts": HOSTS}


def look(lsn: int, **changes: MemberLook | HostLook | None) -> Look:
    """n1 is primary; a change replaces a host or the member on it."""
    hosts: dict[str, HostLook | None] = {}
    for host in HOSTS:
        role = "primary" if host == "n1" else "replica"
        member = MemberLook(role=role, serving=host == "n1", lsn=lsn, routed="n1")
        change = changes.get(host, member)
        if isinstance(change, MemberLook):
            hosts[host] = HostLook(HOSTS, True, {"accounts": change}, (f"10.0.0.{host[1]}",))
        else:
            hosts[host] = change
    return Look(hosts)


REPLICA = MemberLook(role="replica", serving=False, lsn=200, routed="n1")


def test_a_system_that_advances_is_healthy() -> None:
    assert ailments(look(100), look(200), MEMBERS) == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n2": None}, "n2 does not answer"),
        ({"n2": HostLook(("n1", "n2"), True)}, "n2 sees only n1 n2"),
        ({"n2": HostLook(HOSTS, False)}, "n2 has no quorum"),
        ({"n2": replace(REPLICA, lsn=100)}, "accounts on n2 does not advance"),
        ({"n2": replace(REPLICA, lsn=None)}, "accounts on n2 does not tell"),
        ({"n2": replace(REPLICA, routed="n3")}, "n2 leads clients of accounts to n3"),
        ({"n2": replace(REPLICA, role="none")}, "accounts on n2 is not a complete replica"),
        ({"n2": replace(REPLICA, incomplete=True)}, "accounts on n2 is not a complete replica"),
        ({"n1": REPLICA}, "no single serving primary"),
        ({"n2": replace(REPLICA, role="primary", serving=True)}, "no single serving primary"),
    ],
)
def test_what_is_not(change: dict[str, MemberLook | HostLook | None], words: str) -> None:
    found = ailments(look(100), look(200, **change), MEMBERS)
    assert any(words in sentence for sentence in found)


@given(before=st.integers(0, 1000), after=st.integers(0, 1000))
def test_standing_still_is_never_healthy(before: int, after: int) -> None:
    healthy = ailments(look(before), look(after), MEMBERS) == ()
    assert healthy == (after > before)


def test_who_holds_what() -> None:
    seen = look(100, n3=None)
    assert seen.primary("accounts") == "n1"
    assert seen.primary("orders") is None
    assert seen.holder("10.0.0.2") == "n2"
    assert seen.holder("10.0.0.3") is None

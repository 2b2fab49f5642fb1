"""How a cluster stands, from what its hosts say."""

from __future__ import annotations

import json

import pytest

from holdfast.cluster.standing import Standing, ready, role, warnings


def said(member: int, leader: int) -> str:
    return json.dumps([{"Status": {"header": {"member_id": member}, "leader": leader}}])


@pytest.mark.parametrize(
    ("status", "meant"),
    [(said(7, 7), "leader"), (said(7, 8), "follower"), (said(7, 0), "alone"), ("", "silent")],
)
def test_role(status: str, meant: str) -> None:
    assert role(status) == meant


def test_ready_is_what_a_node_says_true_of() -> None:
    def node(name: str, status: str) -> dict[str, object]:
        conditions = [{"type": "DiskPressure", "status": "False"}]
        conditions += [{"type": "Ready", "status": status}]
        return {"metadata": {"name": name}, "status": {"conditions": conditions}}

    items = [node("n1", "True"), node("n2", "Unknown"), node("n3", "False")]
    new = {"metadata": {"name": "n4"}, "status": {}}
    assert ready({"items": [*items, new]}) == ("n1",)


def cluster(*members: str) -> list[Standing]:
    return [Standing(f"n{n}", member, None, ()) for n, member in enumerate(members, start=1)]


@pytest.mark.parametrize(
    ("members", "words"),
    [
        (("leader", "follower", "follower"), ()),
        (("leader", "follower", "silent", "none", "none"), ()),
        (("alone", "silent", "silent"), ("only n1 of 3", "until 1 more")),
        (("silent", "silent", "silent"), ("none of 3", "until 2 more")),
        (("follower", "alone", "silent"), ("no leader",)),
    ],
    ids=["whole", "one lost", "two lost", "all lost", "election"],
)
def test_quorum(members: tuple[str, ...], words: tuple[str, ...]) -> None:
    told = warnings(cluster(*members))
    assert len(told) == bool(words)
    for word in words:
        assert word in told[0]

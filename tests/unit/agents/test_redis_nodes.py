"""The cluster's table of nodes: what a member starts with, and what a running one says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from holdfast.agents.steward.redis.nodes import parse_nodes, strangers, table
from holdfast.agents.steward.redis.settings import Member, Peer, Shard

HOSTS = ("n1", "n2", "n3")


def node(shard: int, host: str) -> str:
    return f"{shard}{host}".ljust(40, "a")


def peers(number: int) -> tuple[Peer, ...]:
    return tuple(
        Peer(node(number, host), f"shard{number}", f"10.0.0.{place}", 7000 + number, 17000 + number)
        for place, host in enumerate(HOSTS, start=11)
    )


SHARD = Shard(
    name="sessions/1",
    number=1,
    first=0,
    last=8191,
    port=7001,
    members=tuple(Member(host, place, node(1, host)) for place, host in enumerate(HOSTS, 1)),
    me="n2",
    unit="redis@1.service",
    data=Path("data"),
    socket=Path("redis.sock"),
    secrets=Path("steward.json"),
    pulse_key="{s1}pulse",
    nobody="0" * 40,
    identity="shard1",
    peers=peers(1) + peers(2),
    settle_s=20,
    start_s=60,
    handover_s=5,
)

# As Redis 8.0 answers to who asks by the unix socket: 0 for the port that it has for TLS only.
SAID = "\n".join(
    [
        f"{node(1, 'n1')} 10.0.0.11:0@17001,,nodename=n1 master - 0 1 4 connected 0-99 101 103-200",
        f"{node(1, 'n2')} 10.0.0.12:0@17001 myself,slave {node(1, 'n1')} 0 0 4 connected",
        f"{node(1, 'n3')} 10.0.0.13:0@17001 slave,fail? {node(1, 'n1')} 1 0 4 disconnected",
        *(
            f"{peer.node} {peer.address}:0@{peer.bus_port} slave {node(2, 'n1')} 0 1 5 connected"
            for peer in peers(2)
        ),
        f"{'0' * 40} :0@0 master,noaddr - 0 0 0 disconnected",
        "",
    ]
)


MYSELF: frozenset[str] = frozenset({"myself", "slave"})
NONE: frozenset[int] = frozenset()


def without_epochs(text: str) -> str:
    return text.rpartition("vars")[0]


def test_what_a_server_says_is_read() -> None:
    nodes = parse_nodes(SAID)
    primary, me, third = (nodes[node(1, host)] for host in HOSTS)
    assert primary.slots == {*range(100), 101, *range(103, 201)}
    assert (primary.follows, primary.address, primary.bus_port) == (None, "10.0.0.11", 17001)
    assert (me.flags, me.follows, me.slots) == (MYSELF, primary.node, NONE)
    assert "fail?" in third.flags
    assert (nodes["0" * 40].address, nodes["0" * 40].bus_port) == ("", 0)


def test_slots_on_the_move_are_nobodys_more() -> None:
    text = f"{node(1, 'n1')} 10.0.0.11:7001@17001 master - 0 1 4 connected 5 [5->-{'b' * 40}]\n"
    assert parse_nodes(text)[node(1, "n1")].slots == {5}


def test_whoever_is_where_the_plan_has_it_is_no_stranger() -> None:
    assert strangers(SHARD, parse_nodes(SAID)) == ()


def test_who_has_moved_or_is_unknown_is_a_stranger() -> None:
    nodes = parse_nodes(SAID)
    moved = replace(nodes[node(1, "n3")], address="10.0.0.99")
    gone = node(2, "n1")
    found = {name: each for name, each in nodes.items() if name != gone} | {moved.node: moved}
    assert {peer.node for peer in strangers(SHARD, found)} == {moved.node, gone}
    assert {peer.address for peer in strangers(SHARD, found)} == {"10.0.0.13", "10.0.0.11"}


def test_a_member_starts_as_replica_of_nobody_who_owns_its_slots() -> None:
    nodes = parse_nodes(without_epochs(table(SHARD, "")))
    assert nodes.keys() == {peer.node for peer in SHARD.peers} | {SHARD.nobody}
    me = nodes[node(1, "n2")]
    assert (me.flags, me.follows, me.slots) == (MYSELF, SHARD.nobody, NONE)
    assert nodes[SHARD.nobody].slots == set(range(8192))
    assert all(not nodes[peer.node].slots for peer in SHARD.peers)
    assert strangers(SHARD, nodes) == ()


def test_a_fresh_table_begins_at_epoch_0() -> None:
    assert table(SHARD, "").splitlines()[-1] == "vars currentEpoch 0 lastVoteEpoch 0"


@given(st.integers(0, 2**63), st.integers(0, 2**63))
def test_epochs_outlive_a_start(current: int, vote: int) -> None:
    line = f"vars currentEpoch {current} lastVoteEpoch {vote}"
    before = table(SHARD, f"{SAID}{line}\n")
    assert before.splitlines()[-1] == line
    assert table(SHARD, before) == before


@given(st.text())
def test_whatever_was_on_the_disk_is_replaced(before: str) -> None:
    assert parse_nodes(without_epochs(table(SHARD, before))).keys() >= {SHARD.nobody}


def test_a_shards_own_nodes_are_one_per_host() -> None:
    assert [SHARD.host(peer.node) for peer in SHARD.own] == list(HOSTS)

"""How nodes and keys are named, and who may do what."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.engines.redis import slot, tag
from holdfast.engines.redis.access import access, gate_password

WORDS = {"holdfast": "h", "holdfast_replication": "r", "holdfast_probe": "p", "cart": "c"}


def rules(host: str = "n1") -> dict[str, list[str]]:
    lines = (line.split() for line in access(WORDS, host).splitlines())
    return {words[1]: words[2:] for words in lines}


# The first is the check value of CRC16/XMODEM; the others are what CLUSTER KEYSLOT answers.
@pytest.mark.parametrize(("key", "number"), [("123456789", 12739), ("foo", 12182), ("bar", 5061)])
def test_slots_are_redis_own(key: str, number: int) -> None:
    assert slot(key) == number


@given(st.integers(0, 16383), st.integers(100, 5000))
def test_a_tag_lies_in_its_shard(first: int, size: int) -> None:
    last = min(16383, first + size)
    if last - first >= 100:
        assert first <= slot(tag(first, last)) <= last


def test_everybody_begins_with_nothing_and_strangers_stay_outside() -> None:
    assert rules()["default"] == ["reset", "off"]
    assert all(each[0] == "reset" for each in rules().values())


def test_passwords_are_there_as_hashes_only() -> None:
    text = access(WORDS, "n1")
    assert all(f">{word}" not in text for word in WORDS.values())
    assert "#" + hashlib.sha256(b"c").hexdigest() in rules()["cart"]


def test_who_replicates_may_do_nothing_else() -> None:
    assert [rule for rule in rules()["holdfast_replication"] if rule[0] in "+-~&"] == [
        "+psync",
        "+replconf",
        "+ping",
    ]


def test_each_host_asks_who_replicates_for_another_password() -> None:
    hosts = ("n1", "n2", "n3")
    assert len({gate_password("r", host) for host in hosts}) == len(hosts)
    assert len({rules(host)["holdfast_replication"][2] for host in hosts}) == len(hosts)


@pytest.mark.parametrize("account", ["cart", "holdfast_probe"])
def test_clients_have_no_orders_to_give(account: str) -> None:
    given_rules = rules()[account]
    assert given_rules.index("+@all") < given_rules.index("-@admin")
    assert given_rules.index("+@all") < given_rules.index("-@dangerous")
    assert {"+cluster|slots", "+cluster|nodes"} <= set(given_rules)


def test_a_probe_writes_its_own_keys_only() -> None:
    assert [rule for rule in rules()["holdfast_probe"] if rule[0] == "~"] == ["~holdfast_probe:*"]

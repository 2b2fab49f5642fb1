"""Redis Cluster: its configuration, who may do what, and how nodes and keys are named."""

from __future__ import annotations

import hashlib
from functools import cache

from holdfast.plan.model import Plan, PlannedRedis, Shard

PACKAGES = ("redis-server", "redis-tools")
_SLOTS = 16384


def node_id(plan: Plan, datastore: PlannedRedis, shard: Shard, host: str) -> str:
    """A node's name in the cluster: the same for ever, wherever its data went."""
    return _name(plan.system, datastore.name, str(shard.number), "node", host)


def nobody(plan: Plan, datastore: PlannedRedis, shard: Shard) -> str:
    """The node that does not exist, which every member follows when it starts."""
    return _name(plan.system, datastore.name, str(shard.number), "nobody")


def identity(plan: Plan, datastore: PlannedRedis, shard: Shard) -> str:
    """What Redis calls shard-id."""
    return _name(plan.system, datastore.name, str(shard.number), "shard")


def _name(*parts: str) -> str:
    """40 hexadecimal digits, as Redis has them."""
    return hashlib.sha1("/".join(parts).encode(), usedforsecurity=False).hexdigest()


@cache
def tag(first: int, last: int) -> str:
    """The shortest word whose hash slot is among these: keys with {tag} are in that shard."""
    number = 0
    while not first <= slot(word := f"s{number}") <= last:
        number += 1
    return word


def slot(key: str) -> int:
    """Of a key without a tag: CRC16 (XMODEM) modulo the slots (cluster specification)."""
    value = 0
    for byte in key.encode():
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return value % _SLOTS


def pulse_key(shard: Shard) -> str:
    """Written by the primary's steward: how far the data reach can be read from them."""
    return f"{{{tag(shard.first, shard.last)}}}holdfast:pulse"


def ledger_key(shard: Shard, run: str) -> str:
    """The hash of a run's keys in one shard."""
    return f"holdfast_probe:{{{tag(shard.first, shard.last)}}}:{run}"

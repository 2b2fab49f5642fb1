"""The cluster's own table of its nodes: nodes.conf, written before every start, and what a running
server says (CLUSTER NODES). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .settings import Peer, Shard

_EPOCHS = re.compile(r"^vars currentEpoch \d+ lastVoteEpoch \d+$", re.MULTILINE)
_FRESH = "vars currentEpoch 0 lastVoteEpoch 0"


def table(shard: Shard, before: str) -> str:
    """A member that starts is a replica of nobody: of a node that does not exist, has no address
    and owns the shard's slots in an epoch that any real owner beats. So it takes no writes, follows
    no one, and can be promoted. It finds the others where the plan says they are; who owns what,
    they will tell. Epochs are kept from the table `before`: no vote is given twice."""
    me, nobody = shard.node(shard.me), shard.nobody
    lines = [_line(peer, me, shard) for peer in shard.peers]
    slots = f"{shard.first}-{shard.last}"
    nothing = f"{nobody} :0@0,,shard-id={shard.identity} master,noaddr - 0 0 0 disconnected {slots}"
    epochs = _EPOCHS.search(before)
    return "\n".join([*lines, nothing, epochs[0] if epochs else _FRESH, ""])


def _line(peer: Peer, me: str, shard: Shard) -> str:
    role = f"slave {shard.nobody}" if peer.identity == shard.identity else "master -"
    myself = "myself," if peer.node == me else ""
    return f"{peer.node} {peer.place},,shard-id={peer.identity} {myself}{role} 0 0 0 connected"


@dataclass(frozen=True)
class Node:
    """As one server sees it. `follows`: its primary's node. `slots`: those that it owns. The port
    for clients is left out: who asks without TLS, as on the unix socket, is told 0."""

    node: str
    address: str
    bus_port: int
    flags: frozenset[str]
    follows: str | None
    slots: frozenset[int]


def parse_nodes(text: str) -> dict[str, Node]:
    """By name. Raises ValueError, IndexError on what is no such table."""
    found = (_node(line.split()) for line in text.splitlines() if line.strip())
    return {each.node: each for each in found}


def _node(words: list[str]) -> Node:
    node, place, flags, follows = words[:4]
    door, _, bus_port = place.partition(",")[0].rpartition("@")
    slots = frozenset(slot for word in words[8:] if word[0] != "[" for slot in _slots(word))
    primary = None if follows == "-" else follows
    address = door.rpartition(":")[0]
    return Node(node, address, int(bus_port), frozenset(flags.split(",")), primary, slots)


def _slots(word: str) -> Iterator[int]:
    first, _, last = word.partition("-")
    return iter(range(int(first), int(last or first) + 1))


def strangers(shard: Shard, nodes: dict[str, Node]) -> tuple[Peer, ...]:
    """Those that the server looks for in the wrong place, or does not know. No others: each
    meeting costs both sides a TLS handshake, and a table of nodes written to disk."""
    me = shard.node(shard.me)
    known = {node.node: (node.address, node.bus_port) for node in nodes.values()}
    return tuple(
        peer
        for peer in shard.peers
        if peer.node != me and known.get(peer.node) != (peer.address, peer.bus_port)
    )

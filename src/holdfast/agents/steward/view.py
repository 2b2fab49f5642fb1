"""Who is there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class View:
    """Who is there, as corosync's closed process group says, in an order all members share.

    `ring` is the ring's representative and sequence number. `nonce` is this member's own, fresh
    for every view; a peer's is known once the peer has told it.
    """

    ring: tuple[int, int]
    members: tuple[str, ...]
    nonce: str

"""A majority must survive any one host, and there must be only one majority."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.finding import Finding
from holdfast.plan.inventory import Inventory
from holdfast.spec.model import System

MOST = 7
"""Every host is a member of every datastore and hears every message; beyond this the token's way
around the ring, not the work, sets the pace."""


def check(system: System, inventory: Inventory) -> Iterator[Finding]:
    count = len(inventory.hosts)
    if count == 1:
        yield Finding.error(
            "quorum-one",
            "one host cannot outlive itself",
            "use three hosts: two of them are a majority when the third is lost",
            ("hosts",),
        )
    elif count == 2:
        yield Finding.error(
            "quorum-two",
            "two hosts cannot tell a lost peer from a cut cable: a majority of two is two, so "
            "losing either stops the system, and without a majority both might go on alone",
            "add a third host; a small one is enough to vote and to keep a copy",
            ("hosts",),
        )
    elif count > MOST:
        yield Finding.error(
            "quorum-many",
            f"{count} hosts are more than one ring of {MOST} takes",
            f"use three, five or {MOST} hosts",
            ("hosts",),
        )
    elif count % 2 == 0:
        yield Finding.warning(
            "quorum-even",
            f"{count} hosts outlive no more losses than {count - 1}, and one split more can "
            "leave no majority",
            f"use {count - 1} or {count + 1} hosts",
            ("hosts",),
        )

"""Who may reach SSH and the databases from outside should be said, and be few."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from holdfast.finding import Finding
from holdfast.plan.inventory import Inventory
from holdfast.spec.model import System

_WIDEST = 8
"""Shortest prefix that still is somebody's own network (10.0.0.0/8)."""


def check(system: System, inventory: Inventory) -> Iterator[Finding]:
    if not inventory.operators:
        yield Finding.warning(
            "operators-none",
            "SSH is open to everybody, and drills cannot write to the datastores",
            "add operators: with the address of the machine that runs holdfast",
            ("operators",),
        )
    for number, operator in enumerate(system.operators):
        if IPv4Network(operator).prefixlen < _WIDEST:
            yield Finding.warning(
                "operators-wide",
                f"{operator} lets nearly everybody try SSH and the databases",
                "name the operators' own network",
                ("operators", number),
            )

"""Hosts and virtual addresses must each be one of their kind, and usable."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from holdfast.finding import Finding, SpecPath
from holdfast.plan.inventory import Inventory
from holdfast.spec.model import System


def check(system: System, inventory: Inventory) -> Iterator[Finding]:
    yield from _names(inventory)
    yield from unique(inventory)
    yield from _number(system, inventory)


def _names(inventory: Inventory) -> Iterator[Finding]:
    seen: set[str] = set()
    for number, host in enumerate(inventory.hosts):
        if host.name in seen:
            yield Finding.error(
                "addresses-name",
                f"a second host is named {host.name}",
                "give every host a name of its own",
                ("hosts", number, "name"),
            )
        seen.add(host.name)


def unique(inventory: Inventory) -> Iterator[Finding]:
    owners: dict[IPv4Address, str] = {}
    for address, owner, path in _all(inventory):
        if address.is_loopback or address.is_multicast or address.is_unspecified:
            yield Finding.error(
                "addresses-unusable",
                f"{owner} cannot use {address}: other hosts do not reach it",
                "write an address of the network that the hosts share",
                path,
            )
        elif address in owners:
            yield Finding.error(
                "addresses-taken",
                f"{owner} has the address of {owners[address]}, {address}",
                "give each its own",
                path,
            )
        else:
            owners[address] = owner


def _all(inventory: Inventory) -> Iterator[tuple[IPv4Address, str, SpecPath]]:
    for number, host in enumerate(inventory.hosts):
        yield host.address, f"host {host.name}", ("hosts", number, "address")
    for number, vip in enumerate(inventory.vips):
        yield vip, f"virtual address {number + 1}", ("edge", "addresses", number)


def _number(system: System, inventory: Inventory) -> Iterator[Finding]:
    path = ("edge", "addresses")
    if not system.hosts:
        if system.edge.addresses:
            yield Finding.error(
                "addresses-lab",
                "virtual addresses without hosts: the lab has its own",
                "remove edge.addresses, or name the hosts",
                path,
            )
    elif len(inventory.vips) != len(inventory.hosts):
        yield Finding.error(
            "addresses-number",
            f"{len(inventory.vips)} virtual addresses for {len(inventory.hosts)} hosts",
            "give one per host: each is at home on another one, so that all of them serve",
            path,
        )

"""The machines a plan is made for: those of the spec, or those of a lab."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

from holdfast.spec.model import Host


@dataclass(frozen=True)
class Inventory:
    """`vips`: one virtual address per host. `operators`: addresses or networks (CIDR) of those
    who may use SSH and the databases' endpoints."""

    hosts: tuple[Host, ...]
    vips: tuple[IPv4Address, ...]
    operators: tuple[str, ...]

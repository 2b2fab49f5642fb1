"""Where a lab is: every name, path and address, computed from the lab's name alone.

Nothing here touches the machine, so a plan for the lab can be made anywhere, and whatever a killed
run has left behind can be found again without a record of it.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import ClassVar

from holdfast.plan.inventory import Inventory
from holdfast.spec.model import Fence, Host, Redfish, Ssh

VARIABLE = "HOLDFAST_LAB"
HOME = Path("/var/lib/holdfast")
INTERFACE = "host0"
"""The network interface inside a lab host, as systemd-nspawn names it."""

HOSTS = 3
FEWEST, MOST = 2, 7

_FIRST_HOST = 11
_FIRST_VIP = 21


@dataclass(frozen=True)
class Lab:
    """A lab by name. Two names never share a folder, a bridge or a machine name; their subnets
    are one of 254, so `lab up` refuses the rare clash."""

    name: str

    BMC_PORT: ClassVar[int] = 8443
    """On the operator's address: every host's Redfish service."""

    @classmethod
    def here(cls) -> Lab:
        """The lab named by $HOLDFAST_LAB, else the one of the checkout (or folder) we are in."""
        return cls(os.environ.get(VARIABLE) or str(_checkout(Path.cwd().resolve())))

    @property
    def id(self) -> str:
        """Six hexadecimal digits: `vb-hf<id>-n1` must fit an interface name, 15 characters."""
        return hashlib.sha256(self.name.encode()).hexdigest()[:6]

    @property
    def folder(self) -> Path:
        return HOME / f"lab-{self.id}"

    @property
    def key(self) -> Path:
        """The private SSH key that opens every host of this lab."""
        return self.folder / "ssh" / "key"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "ssh" / "known_hosts"

    @property
    def faults(self) -> Path:
        """Where armed expiries of faults are recorded."""
        return self.folder / "faults"

    @property
    def bmc(self) -> Path:
        """Where the hosts' BMCs keep their accounts and certificates."""
        return self.folder / "bmc"

    @property
    def bmc_ca(self) -> Path:
        return self.bmc / "ca.crt"

    def bmc_password(self, host: str) -> Path:
        return self.bmc / f"{host}.password"

    @property
    def bridge(self) -> str:
        return f"hf-{self.id}"

    @property
    def network(self) -> IPv4Network:
        third = 1 + int(self.id, 16) % 254
        return IPv4Network(f"10.77.{third}.0/24")

    @property
    def operator(self) -> IPv4Address:
        """The bridge's own address: where the operator's connections come from."""
        return self.network[1]

    def machine(self, host: str) -> str:
        return f"hf{self.id}-{host}"

    def veth(self, host: str) -> str:
        """The operator's end of the host's network cable."""
        return f"vb-{self.machine(host)}"

    def address(self, host: str) -> IPv4Address:
        return self.network[_FIRST_HOST - 1 + int(host.removeprefix("n"))]

    def inventory(self, hosts: int = HOSTS) -> Inventory:
        """What a plan needs to know of this lab, booted or not."""
        return Inventory(
            hosts=tuple(self.host(name) for name in names(hosts)),
            vips=tuple(self.network[_FIRST_VIP + n] for n in range(hosts)),
            operators=(str(self.operator),),
        )

    def _redfish(self, host: str) -> Redfish:
        return Redfish(
            url=f"https://{self.operator}:{self.BMC_PORT}/redfish/v1/Systems/{host}",
            user=host,
            password_file=str(self.bmc_password(host)),
            ca_file=str(self.bmc_ca),
        )

    def host(self, name: str) -> Host:
        """One host of the inventory."""
        return Host(
            name=name,
            address=self.address(name),
            interface=INTERFACE,
            fence=Fence(lab=True, redfish=self._redfish(name)),
            ssh=Ssh(key=str(self.key), known_hosts=str(self.known_hosts)),
        )


def names(hosts: int) -> tuple[str, ...]:
    """n1, n2, and so on."""
    return tuple(f"n{n}" for n in range(1, hosts + 1))


def _checkout(folder: Path) -> Path:
    return next((up for up in (folder, *folder.parents) if (up / ".git").exists()), folder)

"""Faults of lab hosts, with the expiries that fit them."""

from __future__ import annotations

import sys

from holdfast.faults.expiry import Detached, heal_recorded
from holdfast.faults.frozen import FreezeHost
from holdfast.faults.link import LinkCut
from holdfast.faults.power import PowerOff
from holdfast.lab.place import VARIABLE, Lab
from holdfast.lab.switch import LabSwitch


def power_off(lab: Lab, host: str, expiry_s: float, bmc_stays: bool = False) -> PowerOff:
    """Cut the host's power, and as a rule its BMC's; it is switched on again at the latest after
    `expiry_s` seconds."""
    switch_on = (*_holdfast(lab), "power", host, "on")
    expiry = Detached(lab.faults, f"power-off-{host}", switch_on, expiry_s)
    return PowerOff(LabSwitch(lab, bmc_stays), host, expiry)


def freeze(lab: Lab, host: str, expiry_s: float) -> FreezeHost:
    """Stop every process of the host; they go on at the latest after `expiry_s` seconds."""
    expiry = Detached(
        lab.faults, f"freeze-{host}", (*_holdfast(lab), "freeze", host, "off"), expiry_s
    )
    return FreezeHost(LabSwitch(lab), host, expiry)


def link_cut(lab: Lab, host: str, expiry_s: float) -> LinkCut:
    """Pull the host's cable; it is plugged in again at the latest after `expiry_s` seconds."""
    plug_in = ("ip", "link", "set", lab.veth(host), "up")
    return LinkCut(
        LabSwitch(lab), host, Detached(lab.faults, f"link-cut-{host}", plug_in, expiry_s)
    )


async def heal_all(lab: Lab) -> None:
    """Heal the power and link faults that a killed drill has left in this lab. For those of
    processes, see faults.expiry.heal_host."""
    await heal_recorded(lab.faults)


def _holdfast(lab: Lab) -> tuple[str, ...]:
    return ("env", f"{VARIABLE}={lab.name}", sys.executable, "-m", "holdfast", "lab")

"""The lab as the power switch and the network cable of its hosts."""

from __future__ import annotations

from holdfast.errors import LabError
from holdfast.lab import bmc, network
from holdfast.lab.host import existing_host
from holdfast.lab.place import Lab


class LabSwitch:
    """Power, Link and Pulse of a lab's hosts. Each verb raises LabError for a host the lab lacks.

    As a rule a host's BMC hangs on the same power, and is gone with it; `bmc_stays` is for one
    that has power of its own.
    """

    def __init__(self, lab: Lab, bmc_stays: bool = False) -> None:
        self.lab = lab
        self._bmc_stays = bmc_stays

    async def off(self, host: str) -> None:
        """See Power.off."""
        victim = existing_host(self.lab, host)
        if not self._bmc_stays:
            bmc.cut(self.lab, host)
        await victim.off()

    async def on(self, host: str) -> None:
        """See Power.on. Returns when the host has begun to boot."""
        victim = existing_host(self.lab, host)
        bmc.revive(self.lab, host)
        await victim.on()

    async def freeze(self, host: str) -> None:
        """See Pulse.freeze. Raises LabError for a host that is off, too."""
        existing_host(self.lab, host).freeze()

    async def thaw(self, host: str) -> None:
        """See Pulse.thaw."""
        existing_host(self.lab, host).thaw()

    async def cut(self, host: str) -> None:
        """See Link.cut. Raises LabError for a host that is off, too."""
        self._has_cable(host)
        await network.set_cable(self.lab, host, plugged=False)

    async def mend(self, host: str) -> None:
        """See Link.mend. A host that is off has no cable to mend, and boots with a good one."""
        existing_host(self.lab, host)
        if network.cable(self.lab, host) != "none":
            await network.set_cable(self.lab, host, plugged=True)

    def _has_cable(self, host: str) -> None:
        existing_host(self.lab, host)
        if network.cable(self.lab, host) == "none":
            raise LabError(f"{host} is off", hint=f"switch it on: holdfast lab power {host} on")

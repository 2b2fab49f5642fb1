"""The lab as the power switch and the network cable of its hosts."""

from __future__ import annotations

from holdfast.errors import LabError
from holdfast.lab import network
from holdfast.lab.host import existing_host
from holdfast.lab.place import Lab


class LabSwitch:
    """Power and Link of a lab's hosts. Each verb raises LabError for a host the lab lacks."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    async def off(self, host: str) -> None:
        """See Power.off."""
        await existing_host(self.lab, host).off()

    async def on(self, host: str) -> None:
        """See Power.on. Returns when the host has begun to boot."""
        await existing_host(self.lab, host).on()

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

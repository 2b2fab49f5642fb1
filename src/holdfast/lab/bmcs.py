"""The program that plays the BMCs of a lab's hosts: `python -m holdfast.lab.bmcs <lab>`. It ends
when the lab's folder is gone.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping

from holdfast.lab import bmc
from holdfast.lab.host import LabHost, existing_host
from holdfast.lab.place import Lab
from holdfast.lab.redfish import Service
from holdfast.lab.switch import LabSwitch

Reset = Callable[[LabHost], Awaitable[None]]


async def _on(host: LabHost) -> None:
    await LabSwitch(host.lab).on(host.name)


async def _off(host: LabHost) -> None:
    await LabSwitch(host.lab, bmc_stays=True).off(host.name)


async def _shutdown(host: LabHost) -> None:
    host.shutdown()


async def _restart(host: LabHost) -> None:
    await _off(host)
    await _on(host)


_RESETS: Mapping[str, Reset] = {
    "On": _on,
    "ForceOff": _off,
    "GracefulShutdown": _shutdown,
    "ForceRestart": _restart,
}


class LabChassis:
    """The hosts of a lab; see Chassis."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def password(self, host: str) -> str | None:
        return bmc.password(self._lab, host)

    def dead(self, host: str) -> bool:
        return bmc.dead(self._lab, host)

    def running(self, host: str) -> bool:
        return existing_host(self._lab, host).running()

    def reset(self, host: str, kind: str) -> None:
        asyncio.run(_do(_RESETS[kind], existing_host(self._lab, host)))


async def _do(reset: Reset, host: LabHost) -> None:
    await reset(host)


def serve(lab: Lab) -> None:
    """Until SIGTERM, or until the lab is gone; what was begun is done to its end."""
    ending: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: ending.append(number))
    at = (str(lab.operator), lab.BMC_PORT)
    with Service(at, *bmc.certificate(lab), LabChassis(lab)) as service:
        while not ending and lab.bmc.is_dir():
            service.handle_request()


if __name__ == "__main__":
    serve(Lab(sys.argv[1]))

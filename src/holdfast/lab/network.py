"""The lab's bridge, and the cables that join hosts to it."""

from __future__ import annotations

import json
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from holdfast.errors import LabError
from holdfast.lab.locks import locked
from holdfast.lab.place import HOME, VARIABLE, Lab
from holdfast.lab.tool import attempt, must

_IFF_UP = 1


async def make_bridge(lab: Lab) -> None:
    """Make the lab's bridge with its address, unless it exists. Raises LabError when something
    else on this machine already uses the lab's subnet."""
    async with locked(HOME):
        await _refuse_clash(lab)
        if not _exists(lab.bridge):
            # A bridge with no address of its own takes one of its ports' and changes it when that
            # port leaves: every host would lose the operator for a while.
            mac = ":".join(("02", "68", "66", lab.id[0:2], lab.id[2:4], lab.id[4:6]))
            await must(
                *("ip", "link", "add", lab.bridge, "address", mac),
                *("type", "bridge", "stp_state", "0", "forward_delay", "0", "mcast_snooping", "0"),
            )
        address = f"{lab.operator}/{lab.network.prefixlen}"
        await must("ip", "address", "replace", address, "dev", lab.bridge)
        await must("ip", "link", "set", lab.bridge, "up")


async def remove_bridge(lab: Lab) -> None:
    if _exists(lab.bridge):
        await must("ip", "link", "delete", lab.bridge)


async def set_cable(lab: Lab, host: str, plugged: bool) -> None:
    """Plug the host's network cable in or pull it out. Raises LabError when the host is off."""
    await must("ip", "link", "set", lab.veth(host), "up" if plugged else "down")


async def pull_cable(lab: Lab, host: str) -> None:
    """Pull the cable if there is one."""
    await attempt("ip", "link", "set", lab.veth(host), "down")


async def remove_cable(lab: Lab, host: str) -> None:
    """Take the cable away; the kernel does it by itself, but not at once."""
    await attempt("ip", "link", "delete", lab.veth(host))


def cable(lab: Lab, host: str) -> str:
    """`up`, `cut`, or `none` when the host is off."""
    try:
        flags = int(Path(f"/sys/class/net/{lab.veth(host)}/flags").read_text(), 16)
    except OSError:
        return "none"
    return "up" if flags & _IFF_UP else "cut"


def _exists(interface: str) -> bool:
    return Path(f"/sys/class/net/{interface}").exists()


async def _refuse_clash(lab: Lab) -> None:
    routes: list[dict[str, Any]] = json.loads(await must("ip", "-json", "-4", "route", "show"))
    for route in routes:
        if route["dst"] == "default" or route.get("dev") == lab.bridge:
            continue
        if IPv4Network(route["dst"]).overlaps(lab.network):
            raise LabError(
                f"the lab's network {lab.network} is taken: {route['dst']} is routed already",
                hint=f"name the lab otherwise: export {VARIABLE}=<any name>",
            )

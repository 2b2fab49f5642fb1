"""Asking the stewards, each through its own client on its own host."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.errors import EnvironmentFailure, HostError
from holdfast.hosts.base import Transport
from holdfast.plan.places import LIB

_STATUS_S = 5.0
_SWITCHOVER_S = 45.0
_BOOTSTRAP_S = 75.0
"""The steward itself gives up after 30, and after 60 seconds."""


@dataclass(frozen=True)
class Standing:
    """What one host says: its steward's status (None: no sensible answer, and `trouble` says
    why), and the virtual addresses it carries."""

    host: str
    status: Mapping[str, Any] | None
    addresses: tuple[str, ...] | None
    trouble: str = ""


async def standings(hosts: Sequence[Transport], vips: Sequence[str]) -> tuple[Standing, ...]:
    """All hosts at once; none of them can make this fail."""
    return tuple(await asyncio.gather(*(_standing(host, vips) for host in hosts)))


async def conditions(hosts: Sequence[Transport]) -> dict[str, Mapping[str, Any] | None]:
    """By host (condition.py; None: unknown). For a person who asks, not for who looks
    again and again: several processes on each host, each time."""
    told = await asyncio.gather(*(_condition(host) for host in hosts))
    return {host.host: each for host, each in zip(hosts, told, strict=True)}


async def switch_over(
    hosts: Sequence[Transport], datastore: str, to: str | None
) -> Mapping[str, Any]:
    """Ask the first steward that listens. Raises EnvironmentFailure when none does."""
    return await _order(hosts, _SWITCHOVER_S, "switchover", datastore, *([to] if to else []))


async def bootstrap(hosts: Sequence[Transport], datastore: str, host: str) -> Mapping[str, Any]:
    """Ask the steward of `host` first. Raises EnvironmentFailure when none listens."""
    nearest = sorted(hosts, key=lambda each: each.host != host)
    return await _order(nearest, _BOOTSTRAP_S, "bootstrap", datastore, host)


async def _order(hosts: Sequence[Transport], limit_s: float, *words: str) -> Mapping[str, Any]:
    troubles = []
    for host in hosts:
        try:
            async with asyncio.timeout(_STATUS_S):
                await _ask(host, "status")
        except (HostError, TimeoutError) as error:
            troubles.append(_trouble(host, error))
            continue
        async with asyncio.timeout(limit_s):
            return await _ask(host, *words)
    raise EnvironmentFailure("no steward answers", "; ".join(troubles))


async def _standing(host: Transport, vips: Sequence[str]) -> Standing:
    try:
        async with asyncio.timeout(_STATUS_S):
            addresses = await _addresses(host, vips)
    except (HostError, TimeoutError, ValueError, KeyError) as error:
        return Standing(host.host, None, None, _trouble(host, error))
    status = await _told(host, "status")
    if isinstance(status, Exception):
        return Standing(host.host, None, addresses, _trouble(host, status))
    return Standing(host.host, status, addresses)


async def _condition(host: Transport) -> Mapping[str, Any] | None:
    """With `offset`, the host's clock minus ours in seconds, and how far that may be wrong."""
    asked = time.time()
    told = await _told(host, "condition")
    answered = time.time()
    if isinstance(told, Exception) or "now" not in told:
        return None
    offset = told["now"] - (asked + answered) / 2
    return {**told, "offset": offset, "offset_error": (answered - asked) / 2}


async def _told(host: Transport, verb: str) -> Mapping[str, Any] | HostError | TimeoutError:
    try:
        async with asyncio.timeout(_STATUS_S):
            return await _ask(host, verb)
    except (HostError, TimeoutError) as error:
        return error


def _trouble(host: Transport, error: Exception) -> str:
    return str(error) if isinstance(error, HostError) else f"{host.host}: no answer in time"


async def _addresses(host: Transport, vips: Sequence[str]) -> tuple[str, ...]:
    said = await host.run("ip", "-json", "-4", "address", "show")
    links = json.loads(said.out)
    carried = {entry["local"] for link in links for entry in link.get("addr_info", ())}
    return tuple(sorted(carried.intersection(vips), key=ipaddress.ip_address))


async def _ask(host: Transport, *words: str) -> Mapping[str, Any]:
    said = await host.run("env", "-C", LIB, "python3", "-m", "steward", *words)
    try:
        answer: Mapping[str, Any] = json.loads(said.out)
    except ValueError as error:
        trouble = said.err.strip().rpartition("\n")[2] or "it says nothing"
        raise HostError(host.host, "ask the steward", trouble) from error
    return answer

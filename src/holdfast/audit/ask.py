"""Asks the hosts: one script each, given to python3 on its standard input, leaving nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import holdfast.agents
from holdfast.audit.expected import doors, planned
from holdfast.audit.seen import SYSCTLS, Facts, Silent, settings
from holdfast.bundle import Bundle
from holdfast.errors import HostError
from holdfast.hosts.base import Transport
from holdfast.plan.model import Plan, PlannedHost

_SCRIPTS = Path(holdfast.agents.__file__).parent / "audit"
LOOK_S = 3.0
"""How long the processors are watched."""
_FACTS_S = 60.0
_KNOCKS_S = 180.0

WELL_KNOWN = range(1, 1025)
FOLDERS = ("/", "/var/lib/holdfast")


def facts_question(bundle: Bundle, host: str) -> tuple[str, ...]:
    files = bundle.on(host)
    needs = next(h for h in bundle.hosts if h.host == host)
    asked = {
        "seconds": LOOK_S,
        "folders": FOLDERS,
        "files": [file.path for file in files],
        "certificates": [f.path for f in files if f.path.endswith((".crt", ".pem"))],
        "units": [*needs.units, *needs.held],
        "sysctls": [*SYSCTLS, *settings(bundle, host)],
    }
    return _argv("python3", asked)


async def facts(doors_: Sequence[Transport], bundle: Bundle) -> dict[str, Facts | Silent]:
    """All hosts at once, by name."""
    script = (_SCRIPTS / "facts.py").read_text(encoding="utf-8")
    asked = (_ask(d, facts_question(bundle, d.host), script, _FACTS_S) for d in doors_)
    told = await asyncio.gather(*asked)
    return {door.host: each for door, each in zip(doors_, told, strict=True)}


def knocks_question(
    plan: Plan, targets: Sequence[PlannedHost], seen: Mapping[str, Facts | Silent], python: str
) -> tuple[str, ...]:
    """The well-known ports, the plan's, and whatever anybody listens on."""
    listening = {
        int(socket["port"])
        for told in seen.values()
        if not isinstance(told, Silent)
        for socket in told["sockets"] or ()
        if socket["kind"] == "tcp"
    }
    asked = {
        host.name: {
            "address": str(host.address),
            "ports": sorted({*WELL_KNOWN, *listening, *planned(plan, host)}),
            "patient": sorted(planned(plan, host)),
            "doors": doors(plan, host),
        }
        for host in targets
    }
    return _argv(python, {"targets": asked})


async def neighbours(
    plan: Plan, doors_: Sequence[Transport], seen: Mapping[str, Facts | Silent]
) -> dict[str, Facts | Silent]:
    """What each host finds at all others', by the name of who knocks."""
    script = (_SCRIPTS / "knock.py").read_text(encoding="utf-8")

    async def one(door: Transport) -> Facts | Silent:
        others = [host for host in plan.hosts if host.name != door.host]
        return await _ask(door, knocks_question(plan, others, seen, "python3"), script, _KNOCKS_S)

    told = await asyncio.gather(*(one(door) for door in doors_))
    return {door.host: each for door, each in zip(doors_, told, strict=True)}


async def operator(
    plan: Plan, door: Transport, seen: Mapping[str, Facts | Silent], python: str
) -> Facts | Silent:
    """The same from where Holdfast runs."""
    script = (_SCRIPTS / "knock.py").read_text(encoding="utf-8")
    return await _ask(door, knocks_question(plan, plan.hosts, seen, python), script, _KNOCKS_S)


def _argv(python: str, asked: Mapping[str, Any]) -> tuple[str, ...]:
    return (python, "-I", "-", json.dumps(asked, sort_keys=True))


async def _ask(
    door: Transport, argv: tuple[str, ...], script: str, patience_s: float
) -> Facts | Silent:
    try:
        async with asyncio.timeout(patience_s):
            said = await door.run(*argv, stdin=script)
        told = json.loads(said.out)
    except HostError as error:
        return str(error)
    except TimeoutError:
        return f"{door.host}: no answer in {patience_s:g} s"
    except ValueError:
        return f"{door.host}: {said.err.strip().rpartition(chr(10))[2] or 'it says nothing'}"
    return told if isinstance(told, dict) else f"{door.host}: no sensible answer"

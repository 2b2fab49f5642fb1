"""From a plan to what is asked, whom, and who could have answered."""

from __future__ import annotations

import ssl
from pathlib import Path
from secrets import token_hex

from holdfast.load.evenness import ADDRESS, GATEWAY, SERVICE
from holdfast.load.generator import DEADLINE_S, Company
from holdfast.load.mix import Part
from holdfast.load.rows import Header
from holdfast.plan.model import Plan
from holdfast.plan.places import EDGE_PORT
from holdfast.probes.http import Browser
from holdfast.probes.traveller import arrivals


def parts(plan: Plan, journey: str = "") -> tuple[Part, ...]:
    """The next step of a journey; without one, a GET of every route that needs no token."""
    if journey:
        return (Part(journey, journey=journey),)
    return tuple(Part(route.path, path=route.path) for route in plan.routes if route.auth is None)


def askers(plan: Plan, pki: Path) -> tuple[Browser, ...]:
    """One per virtual address. `pki` is the folder with ca.crt."""
    tls = ssl.create_default_context(cafile=str(pki / "ca.crt"))
    return tuple(Browser(str(vip.address), EDGE_PORT, tls) for vip in plan.vips)


def companies(plan: Plan, journey: str) -> dict[str, Company]:
    """The users of that journey, if it is one."""
    if not journey:
        return {}
    return {journey: Company(arrivals(plan.journeys[journey], token_hex(4)))}


def header(plan: Plan, parts: tuple[Part, ...], rate: float, seconds: float, at: float) -> Header:
    """`at`: when it began, in Unix time."""
    limits = plan.objectives.evenness
    members = {
        ADDRESS: tuple(str(vip.address) for vip in plan.vips),
        GATEWAY: tuple(host.name for host in plan.hosts),
    }
    for service in plan.services:
        members[SERVICE + service.name] = tuple(f"{i.host}-{i.index}" for i in service.instances)
    return Header(
        system=plan.system,
        rate=rate,
        seconds=seconds,
        started_at=at,
        parts=tuple(part.name for part in parts),
        vips=members[ADDRESS],
        deadline=DEADLINE_S,
        members=members,
        limits=dict.fromkeys(members, limits.stateless),
    )

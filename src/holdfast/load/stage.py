"""From a plan to what is asked, whom, and who could have answered."""

from __future__ import annotations

import ssl
from pathlib import Path

from holdfast.load.evenness import ADDRESS, GATEWAY, SERVICE
from holdfast.load.generator import DEADLINE_S
from holdfast.load.mix import Part
from holdfast.load.rows import Header
from holdfast.plan.model import Plan
from holdfast.plan.places import EDGE_PORT
from holdfast.probes.http import Browser


def parts(plan: Plan) -> tuple[Part, ...]:
    """A GET of every route that needs no token."""
    return tuple(Part(route.path, path=route.path) for route in plan.routes if route.auth is None)


def askers(plan: Plan, pki: Path) -> tuple[Browser, ...]:
    """One per virtual address. `pki` is the folder with ca.crt."""
    tls = ssl.create_default_context(cafile=str(pki / "ca.crt"))
    return tuple(Browser(str(vip.address), EDGE_PORT, tls) for vip in plan.vips)


def header(plan: Plan, rate: float, seconds: float, started: float) -> Header:
    """Of the parts and addresses above."""
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
        started_at=started,
        parts=tuple(part.name for part in parts(plan)),
        vips=members[ADDRESS],
        deadline=DEADLINE_S,
        members=members,
        limits=dict.fromkeys(members, limits.stateless),
    )

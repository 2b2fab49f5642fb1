"""One audit: what the plan rests on, and what drills have shown of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from holdfast.audit import spof
from holdfast.audit.draw import graph
from holdfast.audit.evidence import shown
from holdfast.audit.remark import Remark, ordered
from holdfast.pki.credentials import placeholder
from holdfast.plan.model import Plan
from holdfast.platforms.machines import gather
from holdfast.platforms.machines.render import render


@dataclass(frozen=True)
class Audited:
    """`claims`: every loss, which paths end with it, and whether a drill has shown it."""

    system: str
    remarks: tuple[Remark, ...]
    claims: list[dict[str, object]]


def audit(plan: Plan, base: Path, runs: Path, *, pairs: bool) -> Audited:
    """`base` is the spec's folder, `runs` where drills have left their evidence; with `pairs`, also
    what is lost only together. Raises InputError for a folder that cannot be read."""
    bundle = render(plan, placeholder(plan), gather.gather(plan, base))
    drawn, seen = graph(plan, bundle), shown(plan, runs)
    found = [*spof.remarks(plan, drawn, seen), *(spof.pair_remarks(drawn) if pairs else ())]
    return Audited(plan.system, ordered(found), spof.claims(drawn, seen))

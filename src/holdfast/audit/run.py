"""One audit: the plan first, then the hosts, as far as they answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from holdfast.audit import spof
from holdfast.audit.draw import graph
from holdfast.audit.evidence import shown
from holdfast.audit.remark import Remark, ordered
from holdfast.bundle import Bundle
from holdfast.pki.credentials import placeholder
from holdfast.plan.model import Plan
from holdfast.platforms.machines import gather
from holdfast.platforms.machines.render import render

Table = tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]
"""Title, columns, rows."""


@dataclass(frozen=True)
class Question:
    """`base`: the spec's folder. `state`: where the system's secrets are kept."""

    plan: Plan
    base: Path
    state: Path
    runs: Path
    parts: tuple[str, ...]
    pairs: bool


@dataclass
class Audited:
    system: str
    remarks: tuple[Remark, ...] = ()
    claims: list[dict[str, object]] = field(default_factory=list)
    budget: list[dict[str, object]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


async def audit(question: Question, talk: Callable[[str], None]) -> Audited:
    """Never fails for what a host does or does not say: that is a remark."""
    plan = question.plan
    audited = Audited(plan.system)
    found: list[Remark] = []
    bundle = render(plan, placeholder(plan), gather.gather(plan, question.base))
    if "spof" in question.parts:
        found += _spof(question, bundle, audited)
    audited.remarks = ordered(found)
    return audited


def _spof(question: Question, bundle: Bundle, audited: Audited) -> list[Remark]:
    drawn = graph(question.plan, bundle)
    seen = shown(question.plan, question.runs)
    audited.claims = spof.claims(drawn, seen)
    found = list(spof.remarks(question.plan, drawn, seen))
    return found + (list(spof.pair_remarks(drawn)) if question.pairs else [])

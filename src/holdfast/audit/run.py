"""One audit: the plan first, then the hosts, as far as they answer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from holdfast.audit import ask, budget, doors, judges, security, spof
from holdfast.audit.draw import graph
from holdfast.audit.evidence import Shown, shown
from holdfast.audit.expected import OPERATOR
from holdfast.audit.graph import Graph
from holdfast.audit.remark import Remark, ordered
from holdfast.audit.seen import Facts, Silent
from holdfast.bundle import Bundle
from holdfast.hosts.base import Transport
from holdfast.pki.credentials import placeholder
from holdfast.plan.model import Plan
from holdfast.platforms.machines import gather
from holdfast.platforms.machines.render import render

PARTS = ("spof", "budget", "security", "judges")


@dataclass(frozen=True)
class Question:
    """`base`: the spec's folder. `runs`: where drills have left theirs. `parts`: some of PARTS.
    `pairs`: also what is lost only together."""

    plan: Plan
    base: Path
    runs: Path
    parts: tuple[str, ...]
    pairs: bool


@dataclass(frozen=True)
class Audited:
    """`claims`: every loss, which paths end with it, and whether a drill has shown it. `budget`:
    rows for people under budget.COLUMNS; `uses`: the same for machines."""

    system: str
    remarks: tuple[Remark, ...]
    claims: list[dict[str, object]]
    uses: list[dict[str, object]]
    budget: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class _Hosts:
    """Those of the plan, what they have said, and the machine that we are on."""

    doors: Sequence[Transport]
    seen: Mapping[str, Facts | Silent]
    here: Transport

    @property
    def answering(self) -> list[Transport]:
        return [door for door in self.doors if not isinstance(self.seen[door.host], Silent)]


async def audit(
    question: Question, doors_: Sequence[Transport], here: Transport, talk: Callable[[str], None]
) -> Audited:
    """`here`: the machine that we are on. What a host does or does not say is a remark, never an
    error. Raises InputError for a folder of the spec that cannot be read."""
    plan, parts = question.plan, question.parts
    bundle = render(plan, placeholder(plan), gather.gather(plan, question.base))
    drawn, drilled = graph(plan, bundle), shown(plan, question.runs)
    found = [*_left_out(parts), *_spof(question, drawn, drilled)]
    seen: Mapping[str, Facts | Silent] = {}
    if set(parts) - {"spof"}:
        talk("asking the hosts")
        seen = await ask.facts(doors_, bundle)
        found += _silent(seen)
    hosts = _Hosts(doors_, seen, here)
    if "budget" in parts:
        found += budget.remarks(plan, seen)
    if "security" in parts:
        talk("knocking at every door, from every host")
        found += await _security(plan, bundle, hosts)
    if "judges" in parts:
        talk(f"asking others: {', '.join(judges.NAMES)}; takes minutes")
        found += await judges.remarks(plan, hosts.answering, here)
    uses = budget.all_uses(plan, seen) if "budget" in parts else []
    return Audited(
        plan.system,
        ordered(found),
        spof.claims(drawn, drilled) if "spof" in parts else [],
        [asdict(use) for use in uses],
        tuple(budget.rows(plan, seen, uses)) if "budget" in parts else (),
    )


def _left_out(parts: Sequence[str]) -> Iterator[Remark]:
    for part in PARTS:
        if part not in parts:
            yield Remark.note(
                "audit-unseen",
                "the system",
                f"not looked at: {part}",
                f"ask for it: --only {part}",
                "audit",
            )


def _silent(seen: Mapping[str, Facts | Silent]) -> Iterator[Remark]:
    for host, told in seen.items():
        if isinstance(told, Silent):
            what, remedy = f"nothing is known of it: {told}", "is it on? see `holdfast status`"
            yield Remark.error("host-silent", host, what, remedy, "hosts")


def _spof(question: Question, drawn: Graph, drilled: Mapping[str, Shown]) -> Iterator[Remark]:
    if "spof" in question.parts:
        yield from spof.remarks(question.plan, drawn, drilled)
        if question.pairs:
            yield from spof.pair_remarks(drawn)


async def _security(plan: Plan, bundle: Bundle, hosts: _Hosts) -> list[Remark]:
    """Knocks one after the other: from the hosts, then from here."""
    knocks = await ask.neighbours(plan, hosts.answering, hosts.seen)
    knocks[OPERATOR] = await ask.operator(plan, hosts.here, hosts.seen, sys.executable)
    return [
        *security.remarks(plan, bundle, hosts.seen, datetime.now(UTC)),
        *doors.remarks(plan, hosts.seen, knocks),
    ]

"""Pacemaker without fencing, or without quorum, may run the same thing twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from holdfast.converge.imported.values import Imported
from holdfast.finding import Finding, Severity


def check(seen: Imported, objectives: Mapping[str, float]) -> Iterator[Finding]:
    if not seen.reads("cib"):
        return
    stonith = seen.values["pacemaker.stonith_enabled"]
    policy = seen.values["pacemaker.no_quorum_policy"]
    resources = [fact for fact in seen.facts if fact.name == "pacemaker.resources"]
    if stonith.value is False:
        yield Finding(
            "fencing-off",
            Severity.ERROR,
            "stonith-enabled=false: a node that only seems lost may go on writing",
            "configure a fence device per node, then set stonith-enabled=true",
            where=stonith.where,
        )
    elif resources and not any(fact.name == "pacemaker.fence" for fact in seen.facts):
        yield Finding(
            "fencing-none",
            Severity.ERROR,
            "fencing is wanted, but there is no fence device: after a loss nothing is taken over",
            "add a stonith resource for each node",
            where=resources[0].where,
        )
    for fact in seen.facts:
        if fact.name == "pacemaker.maintenance_mode" and fact.value:
            yield Finding(
                "fencing-maintenance",
                Severity.ERROR,
                f"{fact.text}: pacemaker watches, and does nothing",
                "end it: crm_attribute --name maintenance-mode --delete",
                where=fact.where,
            )
    if policy.value == "ignore":
        yield Finding(
            "fencing-quorum",
            Severity.ERROR,
            "no-quorum-policy=ignore: both sides of a cut network run everything",
            "remove it, and have three nodes or a quorum device",
            where=policy.where,
        )

"""What the knocks at the hosts' doors mean. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from holdfast.audit.expected import doors, may_reach
from holdfast.audit.remark import Remark
from holdfast.audit.seen import Facts, Silent
from holdfast.plan.model import Plan, PlannedHost

SCAN = "scan"
_OLD = ("TLSv1.0", "TLSv1.1")


def remarks(
    plan: Plan, seen: Mapping[str, Facts | Silent], knocks: Mapping[str, Facts | Silent]
) -> Iterator[Remark]:
    """`knocks` by who knocked: a host, or the operator."""
    for who, told in knocks.items():
        if isinstance(told, Silent):
            if not isinstance(seen.get(who), Silent):
                yield _unknown(who, told)
            continue
        for host in plan.hosts:
            if host.name in told:
                yield from _ports(plan, host, who, told[host.name]["open"], seen.get(host.name))
                yield from _doors(plan, host, told[host.name]["doors"])


def _ports(
    plan: Plan, host: PlannedHost, who: str, found: list[int], seen: Facts | Silent | None
) -> Iterator[Remark]:
    may = may_reach(plan, host, who)
    for port in sorted(set(found) - may):
        yield Remark.error(
            "security-port",
            host.name,
            f"port {port} is open to {who}, and the plan does not open it",
            "stop what listens there, and look at `nft list table inet holdfast`",
            SCAN,
        )
    listening = _listening(host, seen)
    for port in sorted((may & listening) - set(found)):
        yield Remark.warning(
            "security-closed",
            host.name,
            f"port {port} is planned and listened on, but closed to {who}",
            "deploy the firewall again: holdfast up",
            SCAN,
        )


def _listening(host: PlannedHost, seen: Facts | Silent | None) -> set[int]:
    """Ports that are served on the host's own address."""
    if seen is None or isinstance(seen, Silent):
        return set()
    own = {str(host.address), "0.0.0.0", "::"}
    return {
        int(s["port"]) for s in seen["sockets"] or () if s["kind"] == "tcp" and s["address"] in own
    }


def _doors(plan: Plan, host: PlannedHost, told: Mapping[str, Any]) -> Iterator[Remark]:
    for door in doors(plan, host):
        found = told.get(str(door["port"]))
        if found is not None:
            yield from _door(f"{host.name} port {door['port']}", found)


def _door(where: str, found: Mapping[str, Any]) -> Iterator[Remark]:
    remedy = "deploy its configuration again: holdfast up"
    modern = [version for version in found["accepts"] if version not in _OLD]
    old = [version for version in found["accepts"] if version in _OLD]
    if not modern:
        yield Remark.error("security-tls", where, "speaks neither TLS 1.2 nor 1.3", remedy, SCAN)
    if old:
        yield Remark.error("security-tls", where, f"accepts {', '.join(old)}", remedy, SCAN)
    if found["anonymous"]:
        yield Remark.error("security-tls", where, "accepts anonymous ciphers", remedy, SCAN)
    if found["stranger"] == "answered":
        yield Remark.error(
            "security-stranger", where, "answers clients without a certificate", remedy, SCAN
        )
    if found["stranger"] == "unknown":
        yield Remark.warning(
            "security-stranger",
            where,
            "unknown what a client without a certificate gets: no answer in time",
            "run the audit again when the host is less busy",
            SCAN,
        )


def _unknown(who: str, why: str) -> Remark:
    return Remark.warning(
        "security-unscanned", who, f"could not look at the others: {why}", "mend that first", SCAN
    )

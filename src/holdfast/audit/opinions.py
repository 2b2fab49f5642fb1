"""What others' tools have said, as remarks. Pure.

Everything raises ValueError, KeyError, TypeError, AttributeError or SyntaxError (ElementTree's) for
what it does not understand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from holdfast.audit.expected import may_reach
from holdfast.audit.remark import Remark
from holdfast.plan.model import Plan, PlannedHost


def nmap(plan: Plan, host: PlannedHost, text: str, who: str) -> Iterator[Remark]:
    """From `-oX` (nmap.dtd): a second opinion on what is open to `who`."""
    root = ElementTree.fromstring(text)
    if root.find("runstats/finished[@exit='success']") is None:
        raise ValueError("the scan did not end well")
    for port in root.iterfind("host/ports/port"):
        state, number = port.find("state"), int(port.attrib["portid"])
        opened = state is not None and state.attrib["state"] == "open"
        if opened and number not in may_reach(plan, host, who):
            yield Remark.error(
                "judge-nmap",
                host.name,
                f"port {number} is open to {who}, and the plan does not open it",
                "stop what listens there, and look at `nft list table inet holdfast`",
                "nmap",
            )


def ssh_audit(host: str, text: str, _: str) -> Iterator[Remark]:
    """From `--json`, of its version 3 on: algorithms that it fails or warns of, and CVEs."""
    told = json.loads(text)
    for level, make in (("fail", Remark.warning), ("warn", Remark.note)):
        for why, names in _objections(told, level).items():
            what = f"sshd offers {', '.join(names)}: {why}"
            remedy = "leave it out in /etc/ssh/sshd_config.d"
            yield make("judge-ssh", host, what, remedy, "ssh-audit")
    for each in told.get("cves") or ():
        what = f"{each['name']}: {each['description']}"
        yield Remark.warning("judge-ssh", host, what, "update openssh-server", "ssh-audit")


def _objections(told: Mapping[str, Any], level: str) -> dict[str, list[str]]:
    """Algorithms by what is held against them."""
    found: dict[str, list[str]] = {}
    for family in ("kex", "key", "enc", "mac"):
        for each in told[family]:
            if "notes" not in each:
                raise ValueError("before its version 3 it tells only people what it thinks")
            for why in each["notes"].get(level, ()):
                found.setdefault(why, []).append(each["algorithm"])
    return found


_GRAVE = {
    "CRITICAL": Remark.error,
    "HIGH": Remark.error,
    "MEDIUM": Remark.warning,
    "LOW": Remark.note,
}


def testssl(where: str, text: str, _: str) -> Iterator[Remark]:
    """From `--jsonfile`: whatever is neither good nor only information."""
    told = json.loads(text)
    if not any(each["id"] == "scanTime" and each["severity"] == "INFO" for each in told):
        raise ValueError("the scan did not end well")
    for each in told:
        make = _GRAVE.get(each["severity"])
        if make is not None:
            what = f"{each['id']}: {each['finding']}"
            yield make("judge-tls", where, what, "see testssl's page on it", "testssl.sh")


def lynis(host: str, text: str, _: str) -> Iterator[Remark]:
    """From its report file: warnings one by one; of its suggestions only how many there are, since
    most of them are about hosts with people on them."""
    lines = [line.partition("=") for line in text.splitlines() if "=" in line]
    told = {words[0]: words[2] for words in lines}
    if told.get("finish") != "true":
        raise ValueError("it did not come to its end")
    for name, _, value in lines:
        if name == "warning[]":
            code, what = value.split("|")[:2]
            remedy = f"lynis show details {code}"
            yield Remark.warning("judge-lynis", host, f"{code}: {what}", remedy, "lynis")
    count = sum(name == "suggestion[]" for name, _, _ in lines)
    what = f"hardening index {told['hardening_index']} of 100; {count} suggestions"
    remedy = "read them: lynis audit system"
    yield Remark.note("judge-lynis", host, what, remedy, "lynis")

"""What others' tools have said of real hosts, and what an audit makes of hosts in memory."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from holdfast.agents.audit.facts import scores
from holdfast.audit import judges, opinions, security
from holdfast.audit.expected import OPERATOR
from holdfast.audit.remark import Remark
from holdfast.audit.run import PARTS, Question, audit
from holdfast.hosts.base import Result
from holdfast.hosts.memory import MemoryHost
from holdfast.plan.model import Plan

ROOT = Path(__file__).parents[3]
CASES = ROOT / "tests/cases/audit"
TOOLS = {"nmap", "ssh-audit", "testssl.sh", "lynis"}


def said(name: str) -> str:
    return (CASES / name).read_text()


def short(remarks: Iterable[Remark]) -> list[tuple[str, str]]:
    return [(r.severity.value, r.what) for r in remarks]


def nmap(plan: Plan, text: str, who: str = "n1") -> list[tuple[str, str]]:
    return short(opinions.nmap(plan, plan.host("n2"), text, who))


def test_nmap_agrees_with_the_plan(shop: Plan) -> None:
    assert nmap(shop, said("nmap.xml")) == []


def test_nmap_finds_a_port_too_many(shop: Plan) -> None:
    found = nmap(shop, said("nmap.xml").replace('portid="8201"', 'portid="4444"'))
    assert found == [("error", "port 4444 is open to n1, and the plan does not open it")]


def test_nmap_asked_by_an_operator_may_reach_less(shop: Plan) -> None:
    found = nmap(shop, said("nmap.xml"), OPERATOR)
    assert re.findall(r"port (\d+)", str(found)) == ["5432", "8008", "8101", "8201"]


def test_ssh_audit_says_which_algorithms() -> None:
    found = list(opinions.ssh_audit("n1", said("ssh-audit.json"), "n1"))
    assert short(found)[1:3] == [
        (
            "warning",
            "sshd offers hmac-sha1-etm@openssh.com, hmac-sha1: using broken SHA-1 hash algorithm",
        ),
        (
            "note",
            "sshd offers umac-64-etm@openssh.com, umac-64@openssh.com: using small 64-bit tag size",
        ),
    ]


def test_ssh_audit_before_it_tells_why_is_no_good_news() -> None:
    with pytest.raises(ValueError, match="version 3"):
        list(opinions.ssh_audit("n1", said("ssh-audit-2.json"), "n1"))


def test_testssl_has_nothing_against_the_edge() -> None:
    assert list(opinions.testssl("n2 port 443", said("testssl.json"), "n1")) == []


@pytest.mark.parametrize(
    ("severity", "counts"),
    [("CRITICAL", "error"), ("HIGH", "error"), ("MEDIUM", "warning"), ("LOW", "note")],
)
def test_testssl_is_taken_as_seriously_as_it_means_it(severity: str, counts: str) -> None:
    told = json.loads(said("testssl.json"))
    next(each for each in told if each["id"] == "TLS1")["severity"] = severity
    found = list(opinions.testssl("n2 port 443", json.dumps(told), "n1"))
    assert short(found) == [(counts, "TLS1: not offered")]


def test_lynis_warns_and_counts() -> None:
    assert short(opinions.lynis("n2", said("lynis.dat"), "n2")) == [
        ("warning", "NETW-2705: Couldn't find 2 responsive nameservers"),
        ("note", "hardening index 61 of 100; 49 suggestions"),
    ]


def test_systemds_scores_are_within_our_limits() -> None:
    found = scores(said("systemd-analyze.json"))
    ours = {unit: score for unit, score in found.items() if unit in security.LIMITS}
    assert set(ours) >= {"corosync.service", "keepalived.service", "haproxy.service"}
    assert {unit for unit, score in ours.items() if score > security.LIMITS[unit]} == set()


READERS: list[Callable[[Plan, str], Iterable[Remark]]] = [
    lambda plan, text: opinions.nmap(plan, plan.host("n1"), text, "n2"),
    lambda _, text: opinions.ssh_audit("n1", text, "n1"),
    lambda _, text: opinions.testssl("n1 port 443", text, "n2"),
    lambda _, text: opinions.lynis("n1", text, "n1"),
]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("text", ["", "{}", "<nmaprun/>", "[]", "[1]", "finish=false"])
def test_rubbish_is_no_good_news(
    shop: Plan, text: str, read: Callable[[Plan, str], Iterable[Remark]]
) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError, SyntaxError)):
        list(read(shop, text))


NAMES = ("nmap.xml", "ssh-audit.json", "testssl.json", "lynis.dat")


@pytest.mark.parametrize(("name", "read"), list(zip(NAMES, READERS, strict=True)))
def test_half_an_answer_is_no_good_news(
    shop: Plan, name: str, read: Callable[[Plan, str], Iterable[Remark]]
) -> None:
    whole = said(name)
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError, SyntaxError)):
        list(read(shop, whole[: len(whole) // 2]))


class Babble(MemoryHost):
    """Answers whatever it is asked with what cannot be understood."""

    async def run(self, *argv: str, stdin: str = "") -> Result:
        self.ran.append(argv)
        return Result(1, "hello", "no route")


async def test_judges_that_are_absent_are_named(shop: Plan) -> None:
    found = await judges.remarks(shop, [MemoryHost("n1"), MemoryHost("n2")], MemoryHost("here"))
    assert {(r.code, r.where, r.source) for r in found} == {
        ("judge-absent", host, tool) for host in ("n1", "n2") for tool in TOOLS
    }


async def test_judges_that_babble_are_unknown(shop: Plan) -> None:
    found = await judges.remarks(shop, [Babble("n1")], Babble("here"))
    assert {(r.code, r.source) for r in found} == {("judge-unheard", tool) for tool in TOOLS}
    assert all(r.what.endswith("cannot be understood: no route") for r in found)


async def test_neighbours_are_asked_before_us_and_hosts_about_themselves(shop: Plan) -> None:
    n1, n2, here = Babble("n1"), MemoryHost("n2"), Babble("here")
    await judges.remarks(shop, [n1, n2], here)
    asked = [argv[0] if argv[0] != "sh" else argv[4] for argv in n1.ran]
    assert asked == ["ssh-audit", "lynis", "nmap", "testssl"]
    assert [argv[0] if argv[0] != "sh" else argv[4] for argv in here.ran] == [
        "nmap",
        "testssl",
        "ssh-audit",
    ]


def question(plan: Plan, *parts: str) -> Question:
    return Question(plan, ROOT / "examples/shop", Path("/nowhere"), parts, False)


async def test_hosts_that_are_silent_are_errors_and_no_traceback(shop: Plan) -> None:
    hosts = [MemoryHost("n1", reachable=False), MemoryHost("n2"), MemoryHost("n3")]
    done = await audit(question(shop, *PARTS[1:]), hosts, MemoryHost("here"), lambda _: None)
    silent = [r for r in done.remarks if r.code == "host-silent"]
    assert [r.where for r in silent] == ["n1", "n2", "n3"]
    assert "command not found" in silent[1].what
    left = [r.code for r in done.remarks if r not in silent]
    assert left == ["security-unscanned", "audit-unseen"]
    assert [row[2] for row in done.budget] == ["unknown"] * 3


async def test_what_is_not_looked_at_is_said(shop: Plan) -> None:
    done = await audit(question(shop, "spof"), [], MemoryHost("here"), lambda _: None)
    unseen = {r.what for r in done.remarks if r.code == "audit-unseen"}
    assert unseen == {f"not looked at: {part}" for part in PARTS[1:]}
    assert done.claims

"""What hosts say is held against the plan: budget, security and doors."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.conftest import SHOP as SPEC

from holdfast.audit import budget, doors, security
from holdfast.audit.expected import OPERATOR, for_hosts, for_operators, may_reach
from holdfast.audit.remark import Remark, ordered
from holdfast.audit.seen import settings
from holdfast.bundle import Bundle
from holdfast.finding import Severity
from holdfast.lab.place import Lab
from holdfast.pki.authority import LEAF_LIFE, Authority
from holdfast.pki.credentials import placeholder
from holdfast.pki.identities import Identity
from holdfast.plan.build import build
from holdfast.plan.model import Plan
from holdfast.platforms.machines.firewall import RULES
from holdfast.platforms.machines.render import render
from holdfast.platforms.machines.sources import Sources
from holdfast.spec.load import load

SHOP = build(load(SPEC).system, Lab("unit").inventory())
BUNDLE = render(SHOP, placeholder(SHOP), Sources({}, {}))
UNKNOWN: dict[str, Any] = dict.fromkeys(
    (
        "sockets",
        "firewall",
        "files",
        "certificates",
        "exposure",
        "sshd",
        "updates",
        "sysctls",
        "passwords",
    )
)
NOW = datetime(2026, 11, 23, tzinfo=UTC)
MIB = 1 << 20


@pytest.fixture
def bundle(shop: Plan) -> Bundle:
    return render(shop, placeholder(shop), Sources({}, {}))


@pytest.fixture
def fine(shop: Plan, bundle: Bundle) -> dict[str, Any]:
    """A host as it was deployed."""
    return facts(shop, bundle)


def facts(plan: Plan, bundle: Bundle) -> dict[str, Any]:
    rules = next(f.content for f in bundle.on("n1") if f.path == RULES).count("accept")
    leaf = Authority.create("any", NOW).issue(Identity("n1"), NOW).cert
    return {
        "memory": {"units": {"haproxy.service": 160 * MIB}, "total": 8 << 30},
        "processors": {"haproxy.service": 0.02},
        "disk": {"/": {"size": 100, "free": 50}},
        "sockets": [socket(443, "0.0.0.0"), socket(22, "::"), socket(9000, "127.0.0.1")],
        "firewall": {"policy": "drop", "rules": rules},
        "files": {f.path: as_found(f.mode, f.owner) for f in bundle.on("n1")},
        "certificates": {"/etc/holdfast/pki/edge.pem": [leaf]},
        "exposure": {"haproxy.service": 4.6, "holdfast-front@1.service": 1.2},
        "sshd": {
            "passwordauthentication": "no",
            "permitemptypasswords": "no",
            "kbdinteractiveauthentication": "no",
            "permitrootlogin": "without-password",
        },
        "updates": [{"package": "nano", "version": "8", "security": False}],
        "sysctls": {**settings(bundle, "n1"), "kernel.randomize_va_space": "2"},
        "passwords": [],
        "troubles": {},
    }


def socket(port: int, address: str, kind: str = "tcp") -> dict[str, Any]:
    return {"kind": kind, "address": address, "port": port, "unit": "some.service"}


def as_found(mode: int, owner: str) -> dict[str, Any]:
    user, _, group = owner.partition(":")
    return {"mode": mode, "owner": user, "group": group or user, "regular": True}


def secure(plan: Plan, bundle: Bundle, told: dict[str, Any] | str) -> tuple[Remark, ...]:
    others = dict.fromkeys(("n2", "n3"), "off")
    return ordered(security.remarks(plan, bundle, {"n1": told, **others}, NOW))


def test_a_host_as_deployed_has_nothing(shop: Plan, bundle: Bundle, fine: dict[str, Any]) -> None:
    assert secure(shop, bundle, fine) == ()


KEY = "/etc/holdfast/pki/host.key"
CONFIG = "/etc/haproxy/haproxy.cfg"


@pytest.mark.parametrize(
    ("part", "value", "code", "severity"),
    [
        ("sockets", [socket(4444, "0.0.0.0")], "security-socket", "warning"),
        ("sockets", [socket(8008, "0.0.0.0")], "security-socket", "warning"),
        ("sockets", [socket(68, "0.0.0.0", "udp")], "security-socket", "warning"),
        ("firewall", {"policy": None, "rules": 0}, "security-firewall", "error"),
        ("firewall", {"policy": "accept", "rules": 8}, "security-firewall", "error"),
        ("firewall", {"policy": "drop", "rules": 99}, "security-firewall", "error"),
        ("files", {KEY: as_found(0o644, "root")}, "security-file", "error"),
        ("files", {KEY: as_found(0o600, "nobody")}, "security-file", "error"),
        ("files", {KEY: {**as_found(0o600, "root"), "regular": False}}, "security-file", "error"),
        ("files", {KEY: None}, "security-file", "error"),
        ("files", {CONFIG: as_found(0o666, "root")}, "security-file", "warning"),
        ("certificates", {"/x.pem": []}, "security-certificate", "error"),
        ("certificates", {"/x.pem": ["rubbish"]}, "security-certificate", "error"),
        ("exposure", {"holdfast-front@1.service": 9.6}, "security-exposure", "warning"),
        ("sshd", {"passwordauthentication": "yes"}, "security-sshd", "error"),
        ("sshd", {"permitrootlogin": "yes"}, "security-sshd", "error"),
        ("sshd", {"permitemptypasswords": "yes"}, "security-sshd", "error"),
        ("updates", [{"package": "tls", "security": True}], "security-updates", "warning"),
        ("sysctls", {"kernel.randomize_va_space": "0"}, "security-kernel", "warning"),
        ("sysctls", {"net.ipv4.tcp_syncookies": "0"}, "security-kernel", "warning"),
        ("passwords", ["root"], "security-password", "warning"),
    ],
)  # fmt: skip
def test_what_is_off_is_said(
    shop: Plan,
    bundle: Bundle,
    fine: dict[str, Any],
    part: str,
    value: Any,
    code: str,
    severity: str,
) -> None:
    changed = {**fine[part], **value} if isinstance(value, dict) else value
    found = secure(shop, bundle, {**fine, part: changed})
    assert [(r.code, r.severity.value) for r in found] == [(code, severity)]


@pytest.mark.parametrize(("days", "severity"), [(-1, "error"), (5, "error"), (20, "warning")])
def test_certificates_run_out(
    shop: Plan, bundle: Bundle, fine: dict[str, Any], days: int, severity: str
) -> None:
    issued = NOW - LEAF_LIFE + timedelta(days=days)
    old = Authority.create("any", issued).issue(Identity("n1"), issued).cert
    found = secure(shop, bundle, {**fine, "certificates": {"/x.pem": [old]}})
    assert [(r.code, r.severity.value) for r in found] == [("security-certificate", severity)]


def test_what_could_not_be_seen_is_unknown(
    shop: Plan, bundle: Bundle, fine: dict[str, Any]
) -> None:
    found = secure(shop, bundle, {**fine, "firewall": None, "troubles": {"firewall": "no nft"}})
    assert [(r.code, r.where) for r in found] == [("security-unknown", "n1")]
    assert "unknown: no nft" in found[0].what


def test_memory_is_held_against_the_promise_and_the_estimate(
    shop: Plan, fine: dict[str, Any]
) -> None:
    much = {"units": {"haproxy.service": 2 << 30}, "total": 8 << 30}
    assert codes(budget.remarks(shop, {"n1": {**fine, "memory": much}})) >= {
        ("budget-memory", "error"),
        ("budget-estimate", "warning"),
    }
    assert codes(budget.remarks(shop, {"n1": fine})) == {("budget-estimate", "note")}


@pytest.mark.parametrize(("free", "severity"), [(5, "error"), (15, "warning")])
def test_a_disk_fills(shop: Plan, fine: dict[str, Any], free: int, severity: str) -> None:
    told = {**fine, "disk": {"/": {"size": 100, "free": free}}}
    assert ("budget-disk", severity) in codes(budget.remarks(shop, {"n1": told}))


def test_unknown_memory_is_no_good_memory(shop: Plan, fine: dict[str, Any]) -> None:
    found = codes(budget.remarks(shop, {"n1": {**fine, "memory": None}, "n2": "off"}))
    assert found == {("budget-unknown", "warning")}


def test_units_are_added_up_by_group(shop: Plan, fine: dict[str, Any]) -> None:
    units = {
        "holdfast-front@3.service": 10 * MIB,
        "holdfast-front@6.service": 20 * MIB,
        "holdfast-postgresql-accounts.service": 40 * MIB,
        "ssh.service": 5 * MIB,
    }
    told = {**fine, "memory": {"units": units, "total": 8 << 30}}
    found = budget.uses(shop, "n1", told)
    assert {use.group: use.memory for use in found} == {
        "host itself": 5 * MIB,
        "datastore accounts": 40 * MIB,
        "service accounts": 0,
        "service front": 30 * MIB,
    }
    shown = list(budget.rows(shop, {"n1": told, "n2": "off"}, found))
    assert ("n1", "all", "75MiB", "at most 1024MiB", "0.020", "1MiB") in shown
    assert ("n2", "all", "unknown", "unknown", "unknown", "unknown") in shown


GOOD = {"accepts": ["TLSv1.2", "TLSv1.3"], "anonymous": False, "stranger": "refused"}


def knocked(
    plan: Plan, seen: dict[str, Any], who: str, told: dict[str, Any] | str
) -> set[tuple[str, str]]:
    return codes(doors.remarks(plan, seen, {who: told}))


def test_doors_that_are_as_planned_are_no_remark(shop: Plan, fine: dict[str, Any]) -> None:
    told = {"open": [443, 8008], "doors": {"443": {**GOOD, "stranger": None}, "8008": GOOD}}
    assert knocked(shop, {"n1": fine}, "n2", {"n1": told}) == set()


@pytest.mark.parametrize(
    ("told", "code", "severity"),
    [
        ({"open": [443, 4444], "doors": {}}, "security-port", "error"),
        ({"open": [22, 443], "doors": {}}, "security-port", "error"),
        ({"open": [], "doors": {}}, "security-closed", "warning"),
        ({"open": [443], "doors": {"443": {**GOOD, "accepts": []}}}, "security-tls", "error"),
        (
            {"open": [443], "doors": {"443": {**GOOD, "accepts": ["TLSv1.1", "TLSv1.3"]}}},
            "security-tls",
            "error",
        ),
        ({"open": [443], "doors": {"443": {**GOOD, "anonymous": True}}}, "security-tls", "error"),
        (
            {"open": [443], "doors": {"8008": {**GOOD, "stranger": "answered"}}},
            "security-stranger",
            "error",
        ),
        (
            {"open": [443], "doors": {"8008": {**GOOD, "stranger": "unknown"}}},
            "security-stranger",
            "warning",
        ),
    ],
)
def test_doors_that_are_not_are(
    shop: Plan, fine: dict[str, Any], told: dict[str, Any], code: str, severity: str
) -> None:
    assert knocked(shop, {"n1": fine}, "n2", {"n1": told}) == {(code, severity)}


def test_operators_may_what_hosts_may_not(shop: Plan, fine: dict[str, Any]) -> None:
    n1 = shop.host("n1")
    assert {22, 6432} <= for_operators(shop, n1) - for_hosts(shop, n1)
    assert {5432, 8008} <= for_hosts(shop, n1) - for_operators(shop, n1)
    told = {"n1": {"open": [22, 443, 6432], "doors": {}}}
    assert knocked(shop, {"n1": fine}, OPERATOR, told) == set()


def test_a_host_that_cannot_knock_is_said_once(shop: Plan, fine: dict[str, Any]) -> None:
    assert knocked(shop, {"n1": fine}, "n1", "broken") == {("security-unscanned", "warning")}
    assert knocked(shop, {"n1": "off"}, "n1", "off") == set()


def codes(remarks: Iterable[Remark]) -> set[tuple[str, str]]:
    return {(r.code, r.severity.value) for r in remarks}


def test_the_worst_comes_first_and_each_once() -> None:
    note, error = Remark.note("a", "", "", "", ""), Remark.error("z", "", "", "", "")
    assert ordered([note, error, note]) == (error, note)
    assert ordered([note])[0].severity is Severity.NOTE


some_ports = st.sets(st.sampled_from([22, 443, 4444, 5432, 6432, 8008, 8101, 8404, 9999]))


@given(who=st.sampled_from(["n2", OPERATOR]), found=some_ports, listening=some_ports)
def test_exactly_what_is_open_beyond_the_plan_is_an_error(
    who: str, found: set[int], listening: set[int]
) -> None:
    plan = SHOP
    may = may_reach(plan, plan.host("n1"), who)
    seen = {"n1": {"sockets": [socket(port, "0.0.0.0") for port in listening]}}
    told = {who: {"n1": {"open": sorted(found), "doors": {}}}}
    said = list(doors.remarks(plan, seen, told))
    assert ports(said, "security-port") == found - may
    assert ports(said, "security-closed") == (may & listening) - found


@given(st.dictionaries(st.sampled_from(sorted(security.LIMITS)), st.integers(0, 100)))
def test_exactly_units_beyond_their_limit_are_named(tenths: dict[str, int]) -> None:
    found = {unit: tenth / 10 for unit, tenth in tenths.items()}
    told = {**UNKNOWN, "exposure": found, "troubles": {}}
    said = {r.where for r in security.remarks(SHOP, BUNDLE, all_hosts(told), NOW)}
    assert said == {
        f"{host.name} {unit}"
        for host in SHOP.hosts
        for unit, score in found.items()
        if score > security.LIMITS[unit]
    }


@given(st.integers(0, 0o7777), st.sampled_from(["root", "nobody", "haproxy"]))
def test_a_file_is_as_planned_or_it_is_named(mode: int, owner: str) -> None:
    file = next(f for f in BUNDLE.on("n1") if f.path == KEY)
    told = {**as_found(file.mode, file.owner), "mode": mode, "owner": owner}
    planned = mode == file.mode and owner == file.owner.partition(":")[0]
    assert security.differs(file, told) is not planned


@given(st.integers(0, 3 << 30), st.integers(0, 3 << 30))
def test_more_memory_is_never_less_of_a_problem(some: int, more: int) -> None:
    limit = SHOP.objectives.memory_per_host
    for used in (some, some + more):
        told: dict[str, Any] = {
            "memory": {"units": {"any": used}},
            "processors": None,
            "disk": None,
        }
        over = "budget-memory" in {code for code, _ in codes(budget.remarks(SHOP, {"n1": told}))}
        assert over is (used > limit)


@given(st.integers(0, 100), st.integers(0, 100))
def test_a_fuller_disk_is_never_less_of_a_problem(free: int, less: int) -> None:
    grades = []
    for left in (free, max(0, free - less)):
        told = usage(disk={"/": {"size": 100, "free": left}})
        found = [r for r in budget.remarks(SHOP, {"n1": told}) if r.code == "budget-disk"]
        grades.append(("", "warning", "error").index(found[0].severity.value if found else ""))
    assert grades == sorted(grades)


addresses = st.one_of(st.ip_addresses(network="127.0.0.0/8"), st.just(ip_address("::1")))


@given(addresses, st.integers(1, 65535), st.sampled_from(["tcp", "udp"]))
def test_nobody_minds_what_only_the_host_itself_reaches(
    address: object, port: int, kind: str
) -> None:
    told = {**UNKNOWN, "sockets": [socket(port, str(address), kind)], "troubles": {}}
    assert list(security.remarks(SHOP, BUNDLE, all_hosts(told), NOW)) == []


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy"))))
def test_order_needs_no_second_time(pairs: list[tuple[str, str]]) -> None:
    remarks = [Remark.note(code, where, "", "", "") for code, where in pairs]
    once = ordered(remarks)
    assert ordered(once) == once == ordered(reversed(remarks))
    assert set(once) == set(remarks)


def usage(**known: Any) -> dict[str, Any]:
    return {"memory": None, "processors": None, "disk": None, **known}


def ports(remarks: Iterable[Remark], code: str) -> set[int]:
    return {int(r.what.split()[1]) for r in remarks if r.code == code}


def all_hosts(told: dict[str, Any]) -> dict[str, Any]:
    return {host.name: told for host in SHOP.hosts}

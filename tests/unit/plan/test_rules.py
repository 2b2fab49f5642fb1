"""Each rule: what it lets pass, what it catches, and the line that it points at."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.finding import Finding, Severity
from holdfast.lab.place import Lab
from holdfast.plan import rules
from holdfast.plan.inventory import Inventory
from holdfast.spec.load import parse

GOOD = """\
system: shop
hosts:
  - {name: n1, address: 10.0.0.11, fence: {redfish: BMC11}}
  - {name: n2, address: 10.0.0.12, fence: {redfish: BMC12}}
  - {name: n3, address: 10.0.0.13, fence: {redfish: BMC13}}
operators: [10.0.0.5]
edge:
  addresses: [10.0.0.21, 10.0.0.22, 10.0.0.23]
gateway:
  routes:
    - {path: /api, service: api}
    - {path: /, service: front}
datastores:
  accounts: {engine: postgresql}
services:
  api:
    run: python3 -m api --port {port}
    port: 8100
    instances: 3
    needs: [accounts]
  front: {run: "python3 -m front '{host}'", port: 8200, instances: 6}
objectives:
  outage: {edge: 1s, write: 1500ms}
  memory_per_host: 1GiB
"""
BMC = "{{url: https://10.0.1.{}/redfish/v1/Systems/1, user: u, password_file: f}}"
for number in (11, 12, 13):
    GOOD = GOOD.replace(f"BMC{number}", BMC.format(number))

N1, N2, N3 = (f"  {line}\n" for line in map(str.strip, GOOD.splitlines()[2:5]))
VIPS = "[10.0.0.21, 10.0.0.22, 10.0.0.23]"
OBJECTIVES = "objectives:\n"
JOURNEY = """\
journeys:
  order:
    steps:
      - {method: POST, path: /api/orders, headers: {Idempotency-Key: "{key}"}}
    ledger: {datastore: accounts, table: purchase, column: request}
objectives:
"""
ITS_ROUTE = ("path: /api,", "path: /ap,")

CASES = [
    ("quorum-one", [(N2 + N3, "")], 2),
    ("quorum-two", [(N3, "")], 2),
    ("quorum-even", [(N3, N3 + "  - {name: n4, address: 10.0.0.14, fence: {lab: true}}\n")], 2),
    (
        "quorum-many",
        [
            (
                N3,
                "".join(
                    f"  - {{name: m{i}, address: 10.0.2.{i}, fence: {{}}}}\n" for i in range(8)
                ),
            )
        ],
        2,
    ),
    ("addresses-name", [("name: n2", "name: n1")], 4),
    ("addresses-taken", [("10.0.0.12", "10.0.0.11")], 4),
    ("addresses-taken", [("10.0.0.22", "10.0.0.13")], 8),
    ("addresses-taken", [("10.0.0.22", "10.0.0.21")], 8),
    ("addresses-unusable", [("10.0.0.12", "127.0.0.1")], 4),
    ("addresses-number", [(", 10.0.0.23]", "]")], 8),
    ("addresses-lab", [("hosts:\n" + N1 + N2 + N3, "")], 4),
    ("names-reserved", [("  front:", "  postgres:"), ("service: front", "service: postgres")], 21),
    ("names-reserved", [("  accounts:", "  template1:"), ("[accounts]", "[template1]")], 14),
    ("names-reserved", [("name: n2", "name: localhost")], 4),
    ("names-shared", [("name: n2", "name: api")], 16),
    ("fencing-none", [("{redfish: " + BMC.format(12) + "}", "{}")], 4),
    ("fencing-several", [(BMC.format(12), BMC.format(12) + ", manual: me")], 4),
    ("fencing-manual", [("redfish: " + BMC.format(12), "manual: night shift")], 4),
    ("fencing-shared", [("10.0.1.12", "10.0.1.11")], 4),
    (
        "fencing-singleton",
        [
            *(("redfish: " + BMC.format(number), "manual: me") for number in (11, 12, 13)),
            ("instances: 3", "singleton: true"),
        ],
        19,
    ),
    ("operators-none", [("operators: [10.0.0.5]\n", "")], 1),
    ("operators-wide", [("[10.0.0.5]", "[0.0.0.0/0]")], 6),
    ("ports-taken", [("port: 8100", "port: 8008")], 18),
    ("ports-taken", [("port: 8100", "port: 6432")], 18),
    ("ports-taken", [("port: 8200", "port: 8099")], 21),
    ("ports-taken", [("name: n2", "ssh: {port: 443}, name: n2")], 4),
    ("routes-unknown", [("service: front", "service: frond")], 12),
    ("routes-twice", [("path: /api", "path: /")], 12),
    ("routes-none", [(GOOD[GOOD.index("gateway") : GOOD.index("datastores")], "")], 1),
    ("tokens-nobody", [("service: api}", "service: api, auth: jwt}")], 11),
    ("tokens-signer", [("gateway:", "gateway:\n  jwt: {signer: apy}")], 10),
    ("tokens-unused", [("gateway:", "gateway:\n  jwt: {signer: api}")], 10),
    ("needs-unknown", [("[accounts]", "[account]")], 20),
    ("needs-twice", [("[accounts]", "[accounts, accounts]")], 20),
    ("journeys-route", [(OBJECTIVES, JOURNEY), ("path: /, s", "path: /shop, s"), ITS_ROUTE], 25),
    ("journeys-token", [(OBJECTIVES, JOURNEY), ("service: api}", "service: api, auth: jwt}")], 25),
    ("journeys-place", [(OBJECTIVES, JOURNEY), ("{key}", "{kee}")], 25),
    ("journeys-place", [(OBJECTIVES, JOURNEY), ("{key}", "{token}")], 25),
    ("journeys-once", [(OBJECTIVES, JOURNEY), ("POST,", "POST, once: true,")], 24),
    ("journeys-key", [(OBJECTIVES, JOURNEY), ("{key}", "{user}")], 26),
    ("journeys-ledger", [(OBJECTIVES, JOURNEY), ("store: accounts", "store: acounts")], 26),
    ("commands-run", [("--port {port}", "--port {prot}")], 17),
    ("commands-run", [("--port {port}", "--port {")], 17),
    ("commands-run", [("--port {port}", "'")], 17),
    ("commands-run", [("python3 -m api --port {port}", '"  "')], 17),
    ("spread-single", [("instances: 3", "instances: 1")], 19),
    ("spread-uneven", [("instances: 3", "instances: 4")], 19),
    ("budget-memory", [("1GiB", "256MiB")], 24),
    ("timing-objective", [("write: 1500ms", "write: 500ms")], 23),
    ("timing-objective", [("edge: 1s", "edge: 200ms")], 23),
    ("timing-objective", [("system: shop", "timers: stock\nsystem: shop")], 24),
]


def test_a_good_system_has_no_findings() -> None:
    assert _findings(GOOD) == ()


@pytest.mark.parametrize(("code", "changes", "line"), CASES)
def test_what_a_rule_catches(code: str, changes: list[tuple[str, str]], line: int) -> None:
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    found = [one for one in _findings(text) if one.code == code]
    assert [one.where.line for one in found if one.hint and one.message][:1] == [line]


def test_a_journey_that_makes_sense_has_no_findings() -> None:
    assert _findings(GOOD.replace(OBJECTIVES, JOURNEY)) == ()


def test_hints_name_what_was_meant() -> None:
    (finding,) = _findings(GOOD.replace("[accounts]", "[acounts]"))
    assert finding.hint == "did you mean 'accounts'?"


def test_the_message_names_both_sides_of_a_clash() -> None:
    (finding,) = _findings(GOOD.replace("8200", "8100"))
    assert finding.message == "service front wants port 8100, which belongs to service api"


def test_two_hosts_are_refused_with_the_reason() -> None:
    (finding,) = (one for one in _findings(GOOD.replace(N3, "")) if one.code == "quorum-two")
    assert finding.severity is Severity.ERROR
    assert "majority of two is two" in finding.message


@pytest.mark.parametrize("hosts", [3, 5, 7])
def test_labs_of_every_odd_size_pass(hosts: int) -> None:
    system = parse(b"system: lab\ndatastores: {a: {engine: postgresql}}\n", "f").system
    assert rules.findings(system, Lab("x").inventory(hosts)) == ()


def test_every_rule_file_is_listed() -> None:
    files = {path.stem for path in Path(rules.__file__).parent.glob("*.py")} - {"__init__"}
    assert {rule.__name__.rpartition(".")[2] for rule in rules.RULES} == files


def _findings(text: str) -> tuple[Finding, ...]:
    document = parse(text.encode(), "f.yaml")
    system = document.system
    inventory = (
        Inventory(system.hosts, system.edge.addresses, system.operators)
        if system.hosts
        else Lab("x").inventory()
    )
    return document.located(rules.findings(system, inventory))

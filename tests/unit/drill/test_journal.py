"""From journal lines to events; the messages are as the programs write them."""

from __future__ import annotations

import json

import pytest

from holdfast.drill.journal import Names, events
from holdfast.drill.timeline import Event

NAMES = Names(hosts={1: "n1", 2: "n2", 3: "n3"}, addresses={"vip-21": "10.0.0.21"})


def entry(message: object, **fields: object) -> str:
    return json.dumps({"__REALTIME_TIMESTAMP": "1000500000", "MESSAGE": message, **fields})


def only(line: str) -> Event:
    found = list(events("n1", [line], 0.0, NAMES))
    assert len(found) == 1
    return found[0]


def steward(**said: object) -> str:
    return entry(json.dumps(said), _SYSTEMD_UNIT="holdfast-steward.service")


@pytest.mark.parametrize(
    ("line", "source", "kind", "about", "detail"),
    [
        (
            steward(event="elected", host="n3", why="best of 2", datastore="accounts", term=8),
            "steward", "elected", "accounts", "term 8: best of 2",
        ),
        (steward(event="view", host="n1", why="n1 n3"), "steward", "view", "", "n1 n3"),
        (
            entry("  [QUORUM] Members[2]: 1 3", SYSLOG_IDENTIFIER="corosync"),
            "corosync", "members", "", "n1 n3",
        ),
        (
            entry(
                "  [TOTEM ] A processor failed, forming new configuration: token timed out"
                " (300ms), waiting 360ms for consensus.",
                SYSLOG_IDENTIFIER="corosync",
            ),
            "corosync", "token", "",
            "A processor failed, forming new configuration: token timed out (300ms),"
            " waiting 360ms for consensus.",
        ),
        (
            entry("(vip-21) Entering MASTER STATE", SYSLOG_IDENTIFIER="Keepalived_vrrp"),
            "keepalived", "master", "10.0.0.21", "of 10.0.0.21",
        ),
        (
            entry(
                "Server service-front/n2-4 is DOWN, reason: Layer4 timeout, check duration: 500ms."
                " 1 active and 0 backup servers left. 0 sessions active, 0 requeued.",
                SYSLOG_IDENTIFIER="haproxy",
            ),
            "haproxy", "down", "service-front/n2-4",
            "service-front/n2-4 Layer4 timeout, check duration: 500ms",
        ),
        (
            entry(
                "Server primary-accounts/n2 is UP/READY (leaving forced maintenance).",
                SYSLOG_IDENTIFIER="haproxy",
            ),
            "haproxy", "up", "primary-accounts/n2",
            "primary-accounts/n2 /READY (leaving forced maintenance)",
        ),
        (
            entry(
                "haproxy.service: Main process exited, code=killed, status=9/KILL",
                SYSLOG_IDENTIFIER="systemd",
                UNIT="haproxy.service",
            ),
            "systemd", "exited", "haproxy.service", "haproxy.service: code=killed, status=9/KILL",
        ),
        (
            entry(
                "Client pacemaker-controld.1402 wants to fence (reboot) n2 using any device",
                SYSLOG_IDENTIFIER="pacemaker-fenced",
            ),
            "pacemaker", "fencing", "n2", "n2 (reboot)",
        ),
        (
            entry(
                "Operation 'reboot' targeting n2 by n3 for pacemaker-controld.1402@n1: OK (Done)",
                SYSLOG_IDENTIFIER="pacemaker-fenced",
            ),
            "pacemaker", "fenced", "n2", "n2 by n3",
        ),
        (
            entry(
                "Operation 'reboot' targeting n2 by n3 for pacemaker-controld.1402@n1:"
                " Timed out (Fencing did not complete)",
                SYSLOG_IDENTIFIER="pacemaker-fenced",
            ),
            "pacemaker", "fencing-failed", "n2", "n2: Timed out (Fencing did not complete)",
        ),
    ],
)  # fmt: skip
def test_what_counts(line: str, source: str, kind: str, about: str, detail: str) -> None:
    found = only(line)
    assert (found.source, found.kind, found.about, found.detail) == (source, kind, about, detail)
    assert found.host == "n1"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "not json",
        "[]",
        '{"MESSAGE": "no time"}',
        entry("something else", SYSLOG_IDENTIFIER="corosync"),
        entry("hello", SYSLOG_IDENTIFIER="cron"),
        entry(None, SYSLOG_IDENTIFIER="haproxy"),
        entry("a traceback", _SYSTEMD_UNIT="holdfast-steward.service"),
        entry('{"no": "event"}', _SYSTEMD_UNIT="holdfast-steward.service"),
        entry("Started session", SYSLOG_IDENTIFIER="systemd"),
    ],
)
def test_what_does_not(line: str) -> None:
    assert list(events("n1", [line], 0.0, NAMES)) == []


def test_times_are_put_on_our_clock() -> None:
    line = steward(event="view", why="n1")
    found = next(events("n1", [line], 0.25, NAMES))
    assert found.at == pytest.approx(1000.25)


def test_the_senders_time_is_the_better_one() -> None:
    line = entry(
        "(vip-21) Entering BACKUP STATE",
        SYSLOG_IDENTIFIER="Keepalived_vrrp",
        _SOURCE_REALTIME_TIMESTAMP="1000400000",
    )
    assert only(line).at == pytest.approx(1000.4)


def test_bytes_that_are_no_text_are_read_all_the_same() -> None:
    message = list(b"(vip-21) Entering MASTER STATE \xff")
    assert only(entry(message, SYSLOG_IDENTIFIER="Keepalived")).kind == "master"

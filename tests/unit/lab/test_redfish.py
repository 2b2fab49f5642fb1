"""A BMC's account sees and switches its own host, and nobody else does."""

from __future__ import annotations

import json
import ssl
from base64 import b64encode
from collections.abc import Iterator
from http.client import HTTPSConnection, RemoteDisconnected
from pathlib import Path
from typing import Any

import pytest
from tests.bmcs import LOOPBACK, Bmcs, bmcs

SYSTEM = "/redfish/v1/Systems/n1"
RESET = f"{SYSTEM}/Actions/ComputerSystem.Reset"
N1 = ("n1", "n1-secret")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Bmcs]:
    with bmcs(tmp_path) as running:
        yield running


def ask(
    service: Bmcs, path: str, account: tuple[str, str] | None, body: bytes | None = None
) -> tuple[int, Any]:
    words = {} if account is None else {"Authorization": f"Basic {_basic(*account)}"}
    context = ssl.create_default_context(cafile=str(service.ca))
    connection = HTTPSConnection(LOOPBACK, service.port, context=context, timeout=10)
    try:
        connection.request("GET" if body is None else "POST", path, body, words)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def _basic(user: str, password: str) -> str:
    return b64encode(f"{user}:{password}".encode()).decode()


def reset(service: Bmcs, kind: str, path: str = RESET) -> int:
    return ask(service, path, N1, json.dumps({"ResetType": kind}).encode())[0]


def test_the_root_is_anybody_s_and_leads_to_the_one_system(service: Bmcs) -> None:
    status, root = ask(service, "/redfish/v1", None)
    assert status == 200
    _, systems = ask(service, root["Systems"]["@odata.id"], N1)
    assert [member["@odata.id"] for member in systems["Members"]] == [SYSTEM]


@pytest.mark.parametrize("on", [True, False])
def test_it_says_whether_the_host_has_power(service: Bmcs, on: bool) -> None:
    service.chassis.on = {"n1"} if on else set()
    status, system = ask(service, SYSTEM, N1)
    assert (status, system["PowerState"]) == (200, "On" if on else "Off")
    assert system["Actions"]["#ComputerSystem.Reset"]["target"] == RESET


@pytest.mark.parametrize(
    "account", [None, ("n1", "guess"), ("n1", ""), ("n2", "n1-secret"), ("n9", "n1-secret")]
)
def test_whoever_is_not_known_switches_nothing(
    service: Bmcs, account: tuple[str, str] | None
) -> None:
    body = json.dumps({"ResetType": "ForceOff"}).encode()
    assert ask(service, RESET, account, body)[0] == 401
    assert ask(service, SYSTEM, account)[0] == 401
    assert service.chassis.done == []


def test_no_account_reaches_another_host(service: Bmcs) -> None:
    other = "/redfish/v1/Systems/n2"
    assert ask(service, other, N1)[0] == 404
    assert reset(service, "ForceOff", f"{other}/Actions/ComputerSystem.Reset") == 404
    assert service.chassis.on == {"n1", "n2"}


def test_a_reset_is_done_when_it_is_answered(service: Bmcs) -> None:
    assert reset(service, "ForceOff") == 200
    assert service.chassis.on == {"n2"}
    assert reset(service, "On") == 200
    assert service.chassis.on == {"n1", "n2"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"ResetType": "Nmi"}', b'"ForceOff"'])
def test_nonsense_switches_nothing(service: Bmcs, body: bytes) -> None:
    status, said = ask(service, RESET, N1, body)
    assert (status, service.chassis.done) == (400, [])
    assert "ForceOff" in said["error"]["message"]


def test_a_switch_that_fails_is_said_to_have_failed(service: Bmcs) -> None:
    service.chassis.broken = {"n1"}
    assert reset(service, "ForceOff") == 500
    assert service.chassis.on == {"n1", "n2"}


def test_a_bmc_without_power_says_nothing(service: Bmcs) -> None:
    service.chassis.graves = {"n1"}
    with pytest.raises(RemoteDisconnected):
        reset(service, "ForceOff")
    assert service.chassis.done == []

"""What haproxy's admin socket says, and what is answered to it."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.agents.steward.haproxy import (
    Admin,
    NotRunningError,
    RefusedError,
    Seen,
    Server,
    corrections,
    cuts,
    parse_servers,
    ready,
    sever,
)

CASES = Path(__file__).parents[2] / "cases" / "haproxy"
GATES = {"gate-a"}
NAMES = st.sampled_from(["n1", "n2", "n3"])
SERVERS = st.dictionaries(st.tuples(st.sampled_from(["gate-a", "primary-a"]), NAMES), st.booleans())


def test_servers_in_maintenance_are_told_from_those_in_use() -> None:
    servers = parse_servers((CASES / "servers-state.txt").read_text())
    assert servers["primary-accounts", "n1"].in_use
    assert not servers["primary-accounts", "n2"].in_use
    assert servers["gate-accounts", "n1"].in_use
    assert not servers["gate-accounts", "n3"].in_use
    assert servers["service-frontend", "n3-1"].in_use


def test_servers_that_fail_their_checks_are_down_though_in_use() -> None:
    text = (CASES / "servers-state.txt").read_text()
    failing = text.replace("n1 10.78.0.11 2 4 1 1 208", "n1 10.78.0.11 0 4 1 1 208")
    assert parse_servers(text)["primary-accounts", "n1"] == Seen(in_use=True, up=True)
    assert parse_servers(failing)["primary-accounts", "n1"] == Seen(in_use=True, up=False)


def test_what_is_no_table_of_servers_is_refused() -> None:
    with pytest.raises(RefusedError):
        parse_servers("Unknown command\n")


@given(SERVERS, SERVERS)
def test_corrections_make_what_is_wanted_and_nothing_else(
    actual: dict[Server, bool], wanted: dict[Server, bool]
) -> None:
    after = dict(actual)
    for command in corrections(actual, wanted, GATES):
        _apply(after, command)
    assert after == {each: wanted.get(each, use) for each, use in actual.items()}


@given(SERVERS, SERVERS)
def test_closing_comes_before_opening(
    actual: dict[Server, bool], wanted: dict[Server, bool]
) -> None:
    opens = [command.endswith("ready") for command in corrections(actual, wanted, GATES)]
    assert opens == sorted(opens)


@given(SERVERS, SERVERS)
def test_only_a_gate_is_severed(actual: dict[Server, bool], wanted: dict[Server, bool]) -> None:
    severed = [each for each in corrections(actual, wanted, GATES) if each.startswith("shutdown")]
    assert all(each.split()[-1].startswith("gate-a/") for each in severed)


def test_established_sessions_are_cut_and_connecting_ones_left_to_their_timeout() -> None:
    sessions = (CASES / "sessions.txt").read_text()
    connecting = sessions.replace("scb=[8,1h,fd=20", "scb=[5,1h,fd=20")
    unused = {("primary-accounts", "n1")}
    assert cuts(sessions, unused) == ["shutdown session 0x7eff54ca0400"]
    assert cuts(connecting, unused) == []
    assert cuts(sessions, {("primary-accounts", "n2"), ("gate-accounts", "n2")}) == []


def test_nothing_passes_a_severed_gate() -> None:
    commands = sever(("gate-accounts", "n2"))
    assert commands == [
        "set server gate-accounts/n2 state maint",
        "shutdown sessions server gate-accounts/n2",
    ]
    assert ready(("gate-accounts", "n2")) == ["set server gate-accounts/n2 state ready"]


def test_an_haproxy_that_is_not_there_is_not_running(tmp_path: Path) -> None:
    with pytest.raises(NotRunningError):
        Admin(str(tmp_path / "admin.sock")).change(["help"])


def test_a_socket_that_nobody_listens_on_is_not_running(tmp_path: Path) -> None:
    path = tmp_path / "admin.sock"
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(path))
    with pytest.raises(NotRunningError):
        Admin(str(path)).change(["help"])


@pytest.mark.parametrize("answer", [b"", b"No such server.\n\n"])
def test_an_answer_that_is_no_silent_success_is_refused(tmp_path: Path, answer: bytes) -> None:
    path = tmp_path / "admin.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        peer = threading.Thread(target=_answer, args=(listener, answer))
        peer.start()
        with pytest.raises(RefusedError):
            Admin(str(path)).change(["set server a/b state maint"])
        peer.join()


def _answer(listener: socket.socket, text: bytes) -> None:
    door, _ = listener.accept()
    with door:
        door.recv(1024)
        door.sendall(text)


def _apply(servers: dict[Server, bool], command: str) -> None:
    words = command.split()
    if words[:2] == ["set", "server"]:
        backend, _, server = words[2].partition("/")
        servers[backend, server] = words[4] == "ready"

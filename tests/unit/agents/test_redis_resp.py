"""The client of a unix socket, against a peer that answers with bytes of our choice."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from holdfast.agents.steward.redis.resp import Connection, Reply, ReplyError

LIMIT_S = 5.0


@contextmanager
def answered(folder: Path, answer: bytes) -> Iterator[tuple[Connection, list[bytes]]]:
    """A connection whose peer hears one piece, answers, and hangs up."""
    path, heard = folder / "s", list[bytes]()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(path))
        door.listen()

        def serve() -> None:
            with door.accept()[0] as line:
                heard.append(line.recv(4096))
                line.sendall(answer)

        peer = threading.Thread(target=serve, daemon=True)
        peer.start()
        with closing(Connection(path, LIMIT_S)) as connection:
            yield connection, heard
        peer.join(LIMIT_S)


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        (b"+OK\r\n", "OK"),
        (b":-7\r\n", -7),
        (b"$5\r\na\r\nbc\r\n", "a\r\nbc"),
        (b"$0\r\n\r\n", ""),
        (b"$-1\r\n", None),
        (b"*3\r\n:1\r\n$1\r\nx\r\n*0\r\n", [1, "x", []]),
        ("$3\r\n✓\r\n".encode(), "✓"),
    ],
)
def test_every_kind_of_reply_is_read(tmp_path: Path, answer: bytes, reply: Reply) -> None:
    with answered(tmp_path, answer) as (connection, heard):
        assert connection.ask("SET", "k", "ä b", 7) == reply
    assert heard == ["*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\nä b\r\n$1\r\n7\r\n".encode()]


def test_a_refusal_is_raised(tmp_path: Path) -> None:
    with (
        answered(tmp_path, b"-ERR no\r\n") as (connection, _),
        pytest.raises(ReplyError, match="ERR no"),
    ):
        connection.ask("PING")


def test_several_commands_go_in_one_piece_and_refusals_are_among_the_replies(
    tmp_path: Path,
) -> None:
    with answered(tmp_path, b"+OK\r\n-ERR no\r\n:1\r\n") as (connection, heard):
        first, second, third = connection.all([("A",), ("B",), ("C",)])
    assert (first, str(second), third) == ("OK", "ERR no", 1)
    assert heard == [b"*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n*1\r\n$1\r\nC\r\n"]


@pytest.mark.parametrize(
    "answer", [b"", b"+O", b"HTTP/1.1 400\r\n", b"*2\r\n:1\r\n", b"$9\r\nab", b":x\r\n"]
)
def test_nonsense_and_half_a_reply_are_errors(tmp_path: Path, answer: bytes) -> None:
    with answered(tmp_path, answer) as (connection, _), pytest.raises(OSError):
        connection.ask("PING")


def test_nobody_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        Connection(tmp_path / "s", LIMIT_S)

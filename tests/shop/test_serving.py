"""How services listen, and how they sign their answers."""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from serving import Seat, Signed, listen

PLACE = {"HOLDFAST_HOST": "n2", "HOLDFAST_INSTANCE": "3", "HOLDFAST_PORT": "8101"}
TLS = {"HOLDFAST_TLS_CERT": "c", "HOLDFAST_TLS_KEY": "k", "HOLDFAST_TLS_CA": "a"}


def test_a_seat_names_host_service_and_instance() -> None:
    assert str(Seat.of("accounts", PLACE)) == "n2/accounts/3"


def test_with_certificates_clients_must_show_theirs() -> None:
    options = listen(PLACE | TLS | {"HOLDFAST_ADDRESS": "10.0.0.1"})
    assert options["ssl_cert_reqs"] == ssl.CERT_REQUIRED
    assert (options["host"], options["port"]) == ("10.0.0.1", 8101)


def test_without_certificates_nobody_else_is_served() -> None:
    assert listen(PLACE | {"HOLDFAST_ADDRESS": "127.0.0.1"})["host"] == "127.0.0.1"
    with pytest.raises(ValueError, match="loopback"):
        listen(PLACE | {"HOLDFAST_ADDRESS": "10.0.0.1"})


async def test_every_answer_is_signed() -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 500, "headers": [(b"a", b"b")]})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Any:
        raise AssertionError("nothing is read")

    async def send(message: Any) -> None:
        sent.append(message)

    sent: list[Any] = []
    signed = Signed(app, Seat("n1", "front", "2"), {"x-more": "y"})
    await signed({"type": "http"}, receive, send)
    assert dict(sent[0]["headers"]) == {
        b"a": b"b",
        b"x-served-by": b"n1/front/2",
        b"x-more": b"y",
    }

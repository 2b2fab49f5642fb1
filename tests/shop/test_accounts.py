"""The accounts service against a real PostgreSQL: what it acknowledges, and what it must not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.shop.signing import PASSWORD, claims

if TYPE_CHECKING:
    from tests.shop.conftest import Shop

pytestmark = pytest.mark.lab


async def test_registers_signs_in_and_knows_who_asks(shop: Shop) -> None:
    made = await shop.register("ada")
    assert made.status_code == 201, made.text
    assert made.headers["x-served-by"] == made.json()["served_by"] == "n1/accounts/1"
    account = made.json()["account"]
    assert set(account) == {"id", "name", "email", "created_at"}
    asked = {"X-Holdfast-Subject": str(account["id"])}
    assert (await shop.http.get("/api/accounts/me", headers=asked)).json()["account"] == account
    session = {"email": "ADA@example.com", "password": PASSWORD}
    assert (await shop.http.post("/api/accounts/session", json=session)).status_code == 200
    wrong = session | {"password": "incorrect horse"}
    assert (await shop.http.post("/api/accounts/session", json=wrong)).status_code == 401


async def test_who_is_signed_in_stays_so_until_they_leave(shop: Shop) -> None:
    cookie = {"Cookie": (await shop.register("ada")).headers["set-cookie"].partition(";")[0]}
    for status in (200, 200):
        again = await shop.http.put("/api/accounts/session", headers=cookie)
        assert again.status_code == status
        assert claims(again.json()["token"])["sub"] == "1"
    await shop.http.delete("/api/accounts/session", headers=cookie)
    assert (await shop.http.put("/api/accounts/session", headers=cookie)).status_code == 401


async def test_one_key_is_one_account_however_often_and_at_once(shop: Shop) -> None:
    for number in range(10):
        name = f"twin-{number}"
        answers = await asyncio.gather(*(shop.register(name, name) for _ in range(6)))
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.json()["account"]["id"] for answer in answers}) == 1
    assert len(await shop.names()) == 10


async def test_a_key_or_an_address_of_another_account_is_refused(shop: Shop) -> None:
    await shop.register("ada", "key")
    assert (await shop.register("bob", "key")).status_code == 409
    assert (await shop.register("ADA", "another")).status_code == 409
    assert await shop.names() == ["ada"]


async def test_a_commit_with_a_warning_is_not_acknowledged(shop: Shop) -> None:
    await shop.replicate(promptly=False)
    asked = asyncio.create_task(shop.register("ada"))
    await shop.signal_waiting("pg_cancel_backend")
    answer = await asked
    assert answer.status_code == 503
    assert "unknown" in answer.json()["problems"][0]["problem"]
    assert answer.headers["retry-after"]


@pytest.mark.parametrize("signal", ["pg_cancel_backend", "pg_terminate_backend"])
async def test_a_repeat_under_a_key_waits_for_the_replica_itself(shop: Shop, signal: str) -> None:
    """The first try left the row on one machine; finding it there would not be enough."""
    await shop.replicate(promptly=False)
    asked = asyncio.create_task(shop.register("ada", "key"))
    await shop.signal_waiting(signal)
    await shop.signal_waiting("pg_cancel_backend")
    assert (await asked).status_code == 503
    await shop.replicate(promptly=True)
    assert (await shop.register("ada", "key")).status_code == 201
    assert await shop.names() == ["ada"]


async def test_no_answer_in_time_is_unknown_and_needs_no_answer_to_end(shop: Shop) -> None:
    await shop.replicate(promptly=False)
    answer = await shop.register("ada")
    assert answer.status_code == 503
    assert "unknown" in answer.json()["problems"][0]["problem"]
    assert (await shop.http.get("/readyz")).status_code == 200


async def test_connections_cut_while_idle_are_noticed_before_use(shop: Shop) -> None:
    await asyncio.gather(*(shop.register(f"early-{n}") for n in range(4)))
    await shop.sql(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename='accounts'"
    )
    assert (await shop.register("ada")).status_code == 201


async def test_a_registration_waits_for_the_next_primary(shop: Shop) -> None:
    await shop.sql("alter role accounts nologin")
    asked = asyncio.create_task(shop.register("ada"))
    await asyncio.sleep(0.3)
    assert not asked.done()
    await shop.sql("alter role accounts login")
    assert (await asked).status_code == 201


async def test_without_a_primary_nothing_is_done_and_the_process_stays_alive(shop: Shop) -> None:
    await shop.sql("alter role accounts nologin")
    answer, ready = await asyncio.gather(shop.register("ada"), shop.http.get("/readyz"))
    assert answer.status_code == ready.status_code == 503
    assert "not done" in answer.json()["problems"][0]["problem"]
    assert (await shop.http.get("/healthz")).status_code == 200
    assert await shop.names() == []


async def test_bad_bodies_are_refused_with_a_reason(shop: Shop) -> None:
    json = "application/json"
    for content, kind, status in (
        (b"{", json, 400),
        (b"[" * 8000, json, 400),
        (b"\xff", json, 400),
        (b'{"name": "ada"}', json, 422),
        (b'{"name": "a\\u0000", "email": "a@b.c", "password": "correct horse"}', json, 422),
        (b'{"name": "ada", "email": "a@b.c"}', "text/plain", 415),
        (b" " * 9000, json, 413),
    ):
        headers = {"content-type": kind}
        answer = await shop.http.post("/api/accounts", content=content, headers=headers)
        assert answer.status_code == status, content
        assert answer.json()["problems"][0]["problem"]
        assert answer.json()["served_by"] == "n1/accounts/1"


async def test_bad_questions_are_refused(shop: Shop) -> None:
    statuses = {
        path: (await shop.http.get(path)).status_code
        for path in (
            "/api/accounts/1",
            "/api/accounts/me",
            "/nowhere",
        )
    }
    assert list(statuses.values()) == [404, 401, 404]
    assert (await shop.http.delete("/api/accounts")).status_code == 405

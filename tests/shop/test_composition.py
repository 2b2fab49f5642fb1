"""The whole shop over HTTP, as its page asks it, with stores in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx2 as httpx
import pytest

from dev.composition import Shop

ADA = {"name": "Ada", "email": "ada@example.com", "password": "correct horse"}
ROPE = {"lines": [{"item": "rope", "quantity": 2}]}


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
async def http(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(shop)
    async with httpx.AsyncClient(transport=transport, base_url="https://shop.example") as client:
        yield client


async def signed_in(http: httpx.AsyncClient, **other: str) -> dict[str, str]:
    answer = await http.post("/api/accounts", json=ADA | other)
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def test_an_order_under_one_key_is_one_order_on_any_instance(http: httpx.AsyncClient) -> None:
    who = await signed_in(http)
    sent = [
        await http.post("/api/orders", json=ROPE, headers=who | {"Idempotency-Key": "k"})
        for _ in range(3)
    ]
    assert {answer.json()["order"]["id"] for answer in sent} == {1}
    assert len({answer.headers["x-served-by"] for answer in sent}) == 3
    listed = (await http.get("/api/orders", headers=who)).json()["orders"]
    assert [(order["id"], order["total"]) for order in listed] == [(1, 4900)]
    assert (await http.get(sent[0].headers["location"], headers=who)).status_code == 200


async def test_nobody_sees_anothers_orders_or_says_who_they_are(http: httpx.AsyncClient) -> None:
    ada = await signed_in(http)
    bob = await signed_in(http, name="Bob", email="bob@example.com")
    await http.post("/api/orders", json=ROPE, headers=ada | {"Idempotency-Key": "k"})
    assert (await http.get("/api/orders/1", headers=bob)).status_code == 404
    forged = {"X-Holdfast-Subject": "1"}
    assert (await http.get("/api/orders/1", headers=bob | forged)).status_code == 404
    assert (await http.get("/api/orders/1", headers=forged)).status_code == 401
    broken = {"Authorization": ada["Authorization"][:-4] + "AAAA"}
    assert (await http.get("/api/orders/1", headers=broken)).status_code == 401


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (ROPE, {}, 400),
        (ROPE, {"Idempotency-Key": "a b"}, 400),
        ({"lines": []}, {"Idempotency-Key": "k"}, 422),
        ({"lines": [{"item": "rope", "quantity": 0}]}, {"Idempotency-Key": "k"}, 422),
        ({"lines": [{"item": "moon", "quantity": 1}]}, {"Idempotency-Key": "k"}, 422),
        ({"lines": ROPE["lines"] * 2}, {"Idempotency-Key": "k"}, 422),
        (ROPE | {"total": 1}, {"Idempotency-Key": "k"}, 422),
    ],
)
async def test_what_is_no_order_is_refused_with_a_reason(
    http: httpx.AsyncClient, shop: Shop, body: Any, headers: dict[str, str], status: int
) -> None:
    who = await signed_in(http)
    answer = await http.post("/api/orders", json=body, headers=who | headers)
    assert answer.status_code == status, answer.text
    assert answer.json()["problems"][0]["problem"]
    assert await shop.orders.newest("1", 1 << 62, 9) == []


async def test_the_cart_stays_with_the_browser(http: httpx.AsyncClient) -> None:
    assert (await http.get("/api/cart")).json()["cart"] == []
    put = await http.put("/api/cart/items/rope", json={"quantity": 3})
    assert "HttpOnly" in put.headers["set-cookie"] and "Secure" in put.headers["set-cookie"]
    assert (await http.get("/api/cart")).json()["cart"] == [{"item": "rope", "quantity": 3}]
    assert (await http.put("/api/cart/items/moon", json={"quantity": 1})).status_code == 404
    assert (await http.put("/api/cart/items/rope", json={"quantity": -1})).status_code == 422
    assert (await http.delete("/api/cart")).json()["cart"] == []


async def test_the_catalogue_is_cheap_to_ask_again_and_has_pictures(
    http: httpx.AsyncClient,
) -> None:
    first = await http.get("/api/catalogue")
    tag = {"If-None-Match": first.headers["etag"]}
    assert (await http.get("/api/catalogue", headers=tag)).status_code == 304
    for good in first.json()["goods"]:
        assert good["name"].keys() == good["about"].keys() == {"en", "zh"}
        shown = await http.get(good["picture"])
        assert shown.headers["content-type"] == "image/svg+xml"
        assert "sandbox" in shown.headers["content-security-policy"]
    assert (await http.get("/api/catalogue/moon")).status_code == 404


async def test_who_leaves_is_gone(http: httpx.AsyncClient) -> None:
    await signed_in(http)
    assert (await http.put("/api/accounts/session")).json()["account"]["name"] == "Ada"
    await http.delete("/api/accounts/session")
    assert (await http.put("/api/accounts/session")).status_code == 401
    right = {"email": ADA["email"], "password": ADA["password"]}
    for asked, status in (
        ({"password": "wrong horse"}, 401),
        ({"email": "b@c.de"}, 401),
        ({}, 200),
    ):
        assert (await http.post("/api/accounts/session", json=right | asked)).status_code == status

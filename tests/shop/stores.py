"""What every store of the shop promises, whatever keeps its content."""

from __future__ import annotations

import asyncio

import pytest

from accounts.registration import Registration
from accounts.store import Accounts
from accounts.tokens import fingerprint
from cart.carts import Carts, new_session
from orders.ordering import Line, Order
from orders.placed import Orders
from refusal import Refused
from settlement.job import Ledger

END = 1 << 62
TWO_ROPES = (Line("rope", 2, 2450),)
A_MUG = (Line("anchor", 1, 3900), Line("mug", 3, 1600))


async def an_order_is_placed_once_under_its_key(orders: Orders) -> None:
    order = Order("7", "key", TWO_ROPES)
    placed = await asyncio.gather(*(orders.add(order) for _ in range(4)))
    assert {each["id"] for each in placed} == {placed[0]["id"]}
    assert placed[0]["total"] == 4900
    assert placed[0]["lines"] == [{"item": "rope", "quantity": 2, "price": 2450}]
    assert placed[0]["settled_at"] is None
    assert await orders.newest("7", END, 10) == [placed[0]]


async def a_key_is_a_persons_own_and_for_one_order(orders: Orders) -> None:
    first = await orders.add(Order("7", "key", TWO_ROPES))
    other = await orders.add(Order("8", "key", TWO_ROPES))
    assert first["id"] != other["id"]
    with pytest.raises(Refused) as caught:
        await orders.add(Order("7", "key", A_MUG))
    assert caught.value.status == 409
    dearer = await orders.add(Order("7", "key", (Line("rope", 2, 9999),)))
    assert dearer == first


async def a_person_sees_their_own_newest_first(orders: Orders) -> None:
    numbers = [(await orders.add(Order("7", key, A_MUG)))["id"] for key in ("a", "b", "c")]
    await orders.add(Order("8", "d", A_MUG))
    assert [each["id"] for each in await orders.newest("7", END, 2)] == numbers[:0:-1]
    assert [each["id"] for each in await orders.newest("7", numbers[1], 2)] == numbers[:1]
    shown = await orders.one("7", numbers[0])
    assert shown is not None and [line["item"] for line in shown["lines"]] == ["anchor", "mug"]
    assert await orders.one("8", numbers[0]) is None
    assert await orders.one("7", END) is None


async def an_order_is_settled_once(orders: Orders, ledger: Ledger) -> None:
    number = (await orders.add(Order("7", "a", TWO_ROPES)))["id"]
    await orders.add(Order("8", "b", A_MUG))
    first = await ledger.settle("n1/settlement/1")
    assert first is not None and (first.orders, first.total) == (2, 4900 + 8700)
    again = await ledger.settle("n1/settlement/1")
    assert again is not None and again.orders == 0
    shown = await orders.one("7", number)
    assert shown is not None and shown["settled_by"] == "n1/settlement/1" and shown["settled_at"]


async def a_cart_keeps_what_was_put_last(carts: Carts) -> None:
    session = new_session()
    assert await carts.read(session) == {}
    for _ in range(2):
        assert await carts.put(session, "rope", 2) == {"rope": 2}
    assert await carts.put(session, "mug", 1) == {"mug": 1, "rope": 2}
    for _ in range(2):
        assert await carts.put(session, "rope", 0) == {"mug": 1}
    assert await carts.read(session) == {"mug": 1}
    assert await carts.read(new_session()) == {}
    for _ in range(2):
        await carts.empty(session)
    assert await carts.read(session) == {}


async def looks_are_counted(carts: Carts) -> None:
    before = (await carts.looks(["rope", "bell"]))["rope"]
    assert await carts.looked("rope") == before + 1
    assert (await carts.looks(["rope", "bell"]))["rope"] == before + 1


async def an_account_is_made_once_and_a_session_ends(accounts: Accounts) -> None:
    ada = Registration("Ada", "Ada@example.com", "correct horse", "key")
    made = await accounts.add(ada, "stored")
    assert (await accounts.add(ada, "stored anew"))["id"] == made["id"]
    with pytest.raises(Refused):
        await accounts.add(Registration("Ada", "ADA@example.com", "correct horse", "other"), "s")
    found = await accounts.by_email("ada@EXAMPLE.com")
    assert found is not None and found["password"] == "stored"
    token = fingerprint("token")
    await accounts.begin(made["id"], token)
    resumed = await accounts.resume(token)
    assert resumed is not None and resumed["id"] == made["id"]
    await accounts.end(token)
    assert await accounts.resume(token) is None
    assert await accounts.read(made["id"] + 1) is None

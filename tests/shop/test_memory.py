"""The stores in memory keep the same promises as the real ones."""

from __future__ import annotations

from tests.shop import stores

from accounts.memory import MemoryAccounts
from cart.memory import MemoryCarts
from orders.memory import MemoryOrders


async def test_orders() -> None:
    await stores.an_order_is_placed_once_under_its_key(MemoryOrders())
    await stores.a_key_is_a_persons_own_and_for_one_order(MemoryOrders())
    await stores.a_person_sees_their_own_newest_first(MemoryOrders())


async def test_settlement() -> None:
    orders = MemoryOrders()
    await stores.an_order_is_settled_once(orders, orders)


async def test_carts_and_looks() -> None:
    await stores.a_cart_keeps_what_was_put_last(MemoryCarts())
    await stores.looks_are_counted(MemoryCarts())


async def test_accounts() -> None:
    await stores.an_account_is_made_once_and_a_session_ends(MemoryAccounts())

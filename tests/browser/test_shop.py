"""The shop in a real browser: a person signs up, looks, orders, and sees what becomes of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, expect
from tests.browser.shop_page import SEAT, ShopPage

from dev.composition import Shop

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 860}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
DARK: dict[str, Any] = {"color_scheme": "dark", "locale": "zh-CN", **PHONE}
LOOKS = {"desktop": DESKTOP, "phone": PHONE, "phone-dark-zh": DARK}
PICTURES = os.environ.get("HOLDFAST_PICTURES")
"""A folder for pictures of every step, for who wants to look at them."""


@asynccontextmanager
async def opened(browser: Browser, url: str, look: dict[str, Any]) -> AsyncIterator[ShopPage]:
    """The page in a browser of its own, which complains about nothing."""
    context = await browser.new_context(**look)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if _complains(said.text) else None)
    shop = ShopPage(page)
    await shop.open(url)
    yield shop
    assert not complaints
    await context.close()


def _complains(text: str) -> bool:
    return "Content Security Policy" in text or "SyntaxError" in text


async def picture(page: Page, look: str, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES, f"{look}-{name}.png"))


@pytest.mark.parametrize("look", LOOKS)
async def test_a_person_orders_and_sees_it_settled(
    browser: Browser, shop: tuple[Shop, str], look: str
) -> None:
    async with opened(browser, shop[1], LOOKS[look]) as page:
        numbered = count(1)

        async def seen(name: str) -> None:
            assert await page.fits()
            await picture(page.page, look, f"{next(numbered)}-{name}")

        await seen("goods")
        await page.look()
        await seen("good")
        await page.page.keyboard.press("Escape")
        await page.put("anchor")
        await page.put("mug")
        await page.put("mug")
        await page.open_cart()
        await seen("cart")
        await page.press_order()
        await seen("sign-up")
        await page.sign_up("Ada Lovelace", "ada@example.com", "correct horse")
        number = await page.placed()
        await seen("placed")
        await page.settled()
        assert await page.orders() == [number]
        await page.show_served()
        steps = await page.steps()
        assert all(SEAT.fullmatch(step) for step in steps)
        assert {step.split("/")[1] for step in steps} >= {"accounts", "catalogue", "cart", "orders"}
        await seen("served")


async def test_who_was_here_is_known_after_a_reload_and_may_leave(
    browser: Browser, shop: tuple[Shop, str]
) -> None:
    async with opened(browser, shop[1], DESKTOP) as page:
        await page.put("rope")
        await page.page.locator("#to-account").click()
        await page.sign_up("Grace", "grace@example.com", "correct horse")
        await page.open(shop[1])
        await expect(page.page.locator("#to-orders")).to_be_visible()
        await expect(page.page.locator("#cart-count")).to_have_text("1")
        await page.page.locator("#to-account").click()
        await expect(page.page.locator("#to-orders")).to_be_hidden()
        await page.sign_in("grace@example.com", "correct horse")
        await expect(page.page.locator("#to-orders")).to_be_visible()


@pytest.mark.parametrize("reached", [False, True], ids=["before", "after"])
async def test_a_host_lost_while_ordering_is_a_pause_and_one_order(
    browser: Browser, shop: tuple[Shop, str], reached: bool
) -> None:
    """The first two tries of the order break off: before anything was done, or after it."""
    async with opened(browser, shop[1], DESKTOP) as page:
        tries = count()

        async def lost(route: Route) -> None:
            if route.request.method != "POST" or next(tries) >= 2:
                await route.continue_()
                return
            if reached:
                await route.fetch()
            await expect(page.waiting).to_be_visible()
            await route.abort()

        await page.put("bell")
        await page.page.route("**/api/orders", lost)
        await page.open_cart()
        await page.press_order()
        await page.sign_up("Ada", "ada@example.com", "correct horse")
        number = await page.placed()
        await expect(page.waiting).to_be_hidden()
        await page.settled()
        assert await page.orders() == [number] == [1]
        assert len(await shop[0].orders.newest("1", 1 << 62, 9)) == 1
        await expect(page.page.locator("#cart-count")).to_be_hidden()


async def test_an_answer_that_breaks_off_is_no_answer(
    browser: Browser, shop: tuple[Shop, str]
) -> None:
    """Its first line says 201; the page must not take the order for refused and begin another."""
    async with opened(browser, shop[1], PHONE) as page:
        tries = count()

        async def cut(route: Route) -> None:
            if route.request.method != "POST" or next(tries):
                await route.continue_()
                return
            whole = await route.fetch()
            await route.fulfill(response=whole, body='{"order": {"id"')

        await page.put("anchor")
        await page.page.route("**/api/orders", cut)
        await page.open_cart()
        await page.press_order()
        await page.sign_up("Ada", "ada@example.com", "correct horse")
        assert await page.placed() == 1
        assert len(await shop[0].orders.newest("1", 1 << 62, 9)) == 1


async def test_an_order_cut_short_by_a_reload_is_finished_once(
    browser: Browser, shop: tuple[Shop, str]
) -> None:
    async with opened(browser, shop[1], PHONE) as page:
        arrived, reloaded = asyncio.Event(), asyncio.Event()

        async def swallow(route: Route) -> None:
            if route.request.method != "POST" or reloaded.is_set():
                await route.continue_()
                return
            await route.fetch()
            arrived.set()  # and never an answer

        await page.put("kelp")
        await page.page.route("**/api/orders", swallow)
        await page.open_cart()
        await page.press_order()
        await page.sign_up("Ada", "ada@example.com", "correct horse")
        await arrived.wait()
        await page.page.reload()
        reloaded.set()
        assert await page.placed() == 1
        assert len(await shop[0].orders.newest("1", 1 << 62, 9)) == 1


async def test_what_is_wrong_is_said_in_the_dialog(
    browser: Browser, shop: tuple[Shop, str]
) -> None:
    async with opened(browser, shop[1], PHONE) as page:
        await page.page.locator("#to-account").click()
        await page.page.locator("#account-submit").click()
        await expect(page.page.locator("#account-state")).to_contain_text("8 characters")
        assert await page.fits()
        await page.page.locator("#language").evaluate("button => button.click()")
        await expect(page.page.locator("#account-title")).to_have_text("注册账户")

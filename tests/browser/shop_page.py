"""The shop's page as a person uses it: what they click, and what they see then."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

ANSWER_MS = 15_000
"""So long a person waits for anything: longer than the page itself tries again."""

_PRESSES = 5


@dataclass(frozen=True)
class ShopPage:
    """One open page. Every method returns when its outcome can be seen."""

    page: Page

    async def open(self, url: str) -> None:
        await self.page.goto(url)
        await expect(self.page.locator("#goods li").first).to_be_visible(timeout=ANSWER_MS)

    async def put(self, item: str) -> None:
        count = int(await self.page.locator("#cart-count").inner_text() or 0)
        await self.page.locator(f"#goods button[data-item={item}]").click()
        await expect(self.page.locator("#cart-count")).to_have_text(
            str(count + 1), timeout=ANSWER_MS
        )
        button = self.page.locator(f"#goods button[data-item={item}]")
        await expect(button).to_be_enabled(timeout=ANSWER_MS)

    async def look(self, number: int = 0) -> None:
        await self.page.locator("#goods .look").nth(number).click()
        await expect(self.page.locator("#good-looks")).not_to_be_empty(timeout=ANSWER_MS)

    async def open_cart(self) -> None:
        await self.page.locator("#to-cart").click()
        await expect(self.page.locator("#cart")).to_be_visible()

    async def sign_up(self, name: str, email: str, password: str) -> None:
        """In the dialog, opened by whoever needed it."""
        await self._making(making=True)
        await self.page.locator("input[name=name]").fill(name)
        await self._credentials(email, password)

    async def sign_in(self, email: str, password: str) -> None:
        await self.page.locator("#to-account").click()
        await self._making(making=False)
        await self._credentials(email, password)

    async def press_order(self) -> None:
        await self.page.locator("#order").click()

    async def placed(self) -> int:
        """The number of the order that was just placed, when it is shown."""
        first = self.page.locator("#orders > li").first
        await expect(first).to_be_visible(timeout=ANSWER_MS)
        return int(await first.get_attribute("data-order") or 0)

    async def placed_at_last(self) -> int:
        """The same for a person who presses again whenever the page says that they may."""
        again = self.page.locator("#order-state", has_text="Press again")
        shown = self.page.locator("#orders > li").first
        for _ in range(_PRESSES):
            await expect(shown.or_(again).first).to_be_visible(timeout=ANSWER_MS)
            if await shown.is_visible():
                break
            await self.press_order()
            await expect(again).to_be_hidden()
        return await self.placed()

    async def settled(self, within_ms: int = 2 * ANSWER_MS) -> None:
        """The newest order is settled."""
        done = self.page.locator("#orders > li").first.locator(".course .done")
        await expect(done).to_have_count(2, timeout=within_ms)

    async def orders(self) -> list[int]:
        """The numbers of all orders that are shown."""
        shown = await self.page.locator("#orders > li").all()
        return [int(await each.get_attribute("data-order") or 0) for each in shown]

    async def show_served(self) -> None:
        await self.page.locator("#served summary").click()

    async def steps(self) -> list[str]:
        """Who served the last steps, newest first."""
        return await self.page.locator("#steps code").all_inner_texts()

    @property
    def waiting(self) -> Locator:
        """What says that the page is waiting for another machine."""
        return self.page.locator("#waiting")

    async def fits(self) -> bool:
        """Nothing has to be scrolled sideways."""
        script = "document.documentElement.scrollWidth <= innerWidth"
        return bool(await self.page.evaluate(script))

    async def _making(self, *, making: bool) -> None:
        shown = await self.page.locator("#name-label").is_visible()
        if shown != making:
            await self.page.locator("#switch").click()

    async def _credentials(self, email: str, password: str) -> None:
        await self.page.locator("input[name=email]").fill(email)
        await self.page.locator("input[name=password]").fill(password)
        await self.page.locator("#account-submit").click()
        await expect(self.page.locator("#account")).to_be_hidden(timeout=ANSWER_MS)


SEAT = re.compile(r"n\d/[a-z]+/\d+")
"""host/service/instance."""

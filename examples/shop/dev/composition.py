"""The services as they stand on three hosts, and a gateway for them, in one process.

What the real gateway does and the page relies on is done here too: routes, turns among instances,
tokens verified where a route asks for them, and who asks told to the service, never believed from
outside. What only real hosts can do is not: TLS, limits, retries, loss.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

sys.path.insert(0, str(Path(__file__).parents[1] / "services"))

import accounts.app
import cart.app
import catalogue.app
import front.app
import orders.app
from accounts.memory import MemoryAccounts
from accounts.passwords import Cost, Passwords
from accounts.tokens import Signer
from answers import NO_STORE
from cart.memory import MemoryCarts
from orders.memory import MemoryOrders
from serving import Seat, Signed

HOSTS = ("n1", "n2", "n3")
SYSTEM = "shop"
SETTLE_S = 2.0
CHEAP = Cost(n=1 << 10, p=1)
"""Nothing here lasts, and nobody waits for a password."""

Headers = list[tuple[bytes, bytes]]


class Shop:
    """An ASGI application. `routes`: path, instances, does it ask for a token?"""

    def __init__(self) -> None:
        self._key = generate_private_key(public_exponent=65537, key_size=2048)
        self.orders = MemoryOrders()
        self._parts = list(self._made())
        self._lifespans = AsyncExitStack()

    def _made(self) -> Iterator[tuple[str, Iterator[ASGIApp], bool]]:
        people, carts = MemoryAccounts(), MemoryCarts()
        signer, passwords = _signer(self._key), Passwords(CHEAP)

        def turns(service: str, count: int, make: Any, headers: dict[str, str]) -> Any:
            seats = (Seat(HOSTS[n % 3], service, str(n // 3 + 1)) for n in range(count))
            return itertools.cycle([Signed(make(seat), seat, headers) for seat in seats])

        accounts_turn = turns(
            "accounts",
            2,
            lambda seat: accounts.app.application(people, signer, seat, passwords),
            NO_STORE,
        )
        cart_turn = turns("cart", 3, lambda seat: cart.app.application(carts, seat), NO_STORE)
        orders_turn = turns(
            "orders", 3, lambda seat: orders.app.application(self.orders, seat), NO_STORE
        )
        catalogue_turn = turns("catalogue", 6, catalogue.app.application, catalogue.app.HEADERS)
        yield "/api/accounts/me", accounts_turn, True
        yield "/api/accounts", accounts_turn, False
        yield "/api/catalogue", catalogue_turn, False
        yield "/api/cart", cart_turn, False
        yield "/api/looks", cart_turn, False
        yield "/api/orders", orders_turn, True
        yield "/", turns("front", 6, front.app.application, front.app.HEADERS), False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await Starlette(lifespan=self._settling)(scope, receive, send)
            return
        turn, asks = next((t, asks) for path, t, asks in self._parts if _under(path, scope["path"]))
        headers = [pair for pair in scope["headers"] if pair[0] != b"x-holdfast-subject"]
        if asks:
            subject = self._subject(headers)
            if subject is None:
                await _unauthorized(send)
                return
            headers.append((b"x-holdfast-subject", subject.encode()))
        await next(turn)({**scope, "headers": headers}, receive, send)

    @asynccontextmanager
    async def _settling(self, _app: Starlette) -> AsyncIterator[None]:
        async def settle() -> None:
            while True:
                await asyncio.sleep(SETTLE_S)
                await self.orders.settle("n2/settlement/1")

        work = asyncio.create_task(settle())
        yield
        work.cancel()

    def _subject(self, headers: Headers) -> str | None:
        """Who asks, by the token, as the gateway would verify it."""
        bearer = dict(headers).get(b"authorization", b"").decode("latin-1").removeprefix("Bearer ")
        try:
            claims = jwt.decode(
                bearer, self._key.public_key(), ["RS256"], audience=SYSTEM, issuer=SYSTEM
            )
        except jwt.InvalidTokenError:
            return None
        return str(claims["sub"])


def _signer(key: RSAPrivateKey) -> Signer:
    made = jwt.algorithms.RSAAlgorithm.to_jwk(key, as_dict=True)
    return Signer(made | {"kid": "dev"}, SYSTEM, SYSTEM)


def _under(route: str, path: str) -> bool:
    stem = route.rstrip("/")
    return path == stem or path.startswith(f"{stem}/")


async def _unauthorized(send: Send) -> None:
    await send({"type": "http.response.start", "status": 401, "headers": []})
    await send({"type": "http.response.body", "body": b""})

"""Passwords, kept as scrypt (RFC 7914) so that who steals the table has to work for each guess.

One is computed at a time in each process, in a thread, and a few may wait: a crowd that signs in
at once takes one core of a host, never all, and the rest is told to come again.
"""

from __future__ import annotations

import asyncio
import hmac
import os
from base64 import b64decode, b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import scrypt
from typing import TypeVar, TypeVarTuple

from refusal import Unavailable

WAITING_MAX = 8
_SALT = 16
_SIZE = 32

T = TypeVar("T")
A = TypeVarTuple("A")


@dataclass(frozen=True)
class Cost:
    """What one guess costs: 128 * n * r bytes of memory, and p times the work. The default is the
    one of OWASP's password storage advice that needs 16 MiB."""

    n: int = 1 << 14
    r: int = 8
    p: int = 5


class Passwords:
    """`hashed` and `matches` raise Unavailable when too many wait already."""

    def __init__(self, cost: Cost | None = None) -> None:
        self._cost = cost or Cost()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="scrypt")
        self._waiting = 0
        self._nobodys = ""

    async def hashed(self, password: str) -> str:
        return await self._alone(_hashed, password, os.urandom(_SALT), self._cost)

    async def matches(self, password: str, stored: str | None) -> bool:
        """Takes as long where nothing is stored, so that nobody learns who has an account."""
        if stored is None:
            self._nobodys = self._nobodys or await self.hashed("")
        right = await self._alone(_matches, password, stored or self._nobodys)
        return right and stored is not None

    async def _alone(self, work: Callable[[*A], T], *arguments: *A) -> T:
        if self._waiting > WAITING_MAX:
            raise Unavailable("too many passwords to check")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, work, *arguments)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)


def _hashed(password: str, salt: bytes, cost: Cost) -> str:
    made = _scrypt(password, salt, cost)
    words = (cost.n, cost.r, cost.p, b64encode(salt).decode(), b64encode(made).decode())
    return "$".join(("scrypt", *map(str, words)))


def _matches(password: str, stored: str) -> bool:
    _, n, r, p, salt, made = stored.split("$")
    again = _scrypt(password, b64decode(salt), Cost(int(n), int(r), int(p)))
    return hmac.compare_digest(again, b64decode(made))


def _scrypt(password: str, salt: bytes, cost: Cost) -> bytes:
    room = 2 * 128 * cost.n * cost.r + (1 << 20)
    return scrypt(
        password.encode(), salt=salt, n=cost.n, r=cost.r, p=cost.p, maxmem=room, dklen=_SIZE
    )

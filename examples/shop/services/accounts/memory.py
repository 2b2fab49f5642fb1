"""The accounts in this process's memory: for one's own machine and for tests. Gone at its end."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from accounts.registration import Registration
from accounts.store import TAKEN, Account
from accounts.tokens import REFRESH_S


class MemoryAccounts:
    def __init__(self) -> None:
        self._accounts: dict[int, Account] = {}
        self._keys: dict[str, int] = {}
        self._sessions: dict[bytes, tuple[int, float]] = {}

    async def add(self, new: Registration, password: str) -> Account:
        if new.key in self._keys:
            return self._accounts[self._keys[new.key]]
        if await self.by_email(new.email):
            raise TAKEN
        number = len(self._accounts) + 1
        account = {
            "id": number,
            "name": new.name,
            "email": new.email,
            "password": password,
            "created_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        self._accounts[number] = account
        if new.key is not None:
            self._keys[new.key] = number
        return account

    async def by_email(self, email: str) -> Account | None:
        same = (a for a in self._accounts.values() if a["email"].lower() == email.lower())
        return next(same, None)

    async def read(self, number: int) -> Account | None:
        return self._accounts.get(number)

    async def begin(self, number: int, token: bytes) -> None:
        self._sessions[token] = (number, time.time() + REFRESH_S)

    async def resume(self, token: bytes) -> Account | None:
        number, until = self._sessions.get(token, (0, 0.0))
        return self._accounts.get(number) if until > time.time() else None

    async def end(self, token: bytes) -> None:
        self._sessions.pop(token, None)

    async def ready(self) -> None: ...

    async def close(self) -> None: ...

"""The accounts in PostgreSQL, and who is signed in: one statement each."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

import psycopg

from accounts.database import Database, Row
from accounts.registration import Registration
from accounts.tokens import REFRESH_S
from refusal import Problem, Refused

# A request that comes again under the same key must be acknowledged only when the account is as
# safe as a new one would be. So it writes: an empty update, whose commit waits for the replicas
# like any other, and whose place in the log is behind the account's.
_ADD = """
insert into account (name, email, password, idempotency_key)
values (%(name)s, %(email)s, %(password)s, %(key)s)
on conflict (idempotency_key) do update set idempotency_key = excluded.idempotency_key
returning id, name, email, password, created_at
"""
_BY_EMAIL = """
select id, name, email, password, created_at from account where lower(email) = lower(%(email)s)
"""
_READ = "select id, name, email, password, created_at from account where id = %(id)s"
# Sessions that have ended go when their owner begins a new one.
_BEGIN = """
with ended as (delete from session where account = %(id)s and expires_at < now())
insert into session (token, account, expires_at)
values (%(token)s, %(id)s, now() + %(seconds)s * interval '1 second')
on conflict (token) do update set account = excluded.account
returning account
"""
_RESUME = """
select id, name, email, password, created_at from account
where id = (select account from session where token = %(token)s and expires_at > now())
"""
_END = "delete from session where token = %(token)s returning account"

Account = dict[str, Any]
"""id, name, email, password (as passwords.py writes it, None if nobody may sign in), created_at
(ISO 8601)."""


class Accounts(Protocol):
    """What the service asks of a store. All but `add` may be repeated."""

    async def add(self, new: Registration, password: str) -> Account:
        """The account under the registration's key, new or found. Raises Refused (409) when the
        address belongs to another one."""

    async def by_email(self, email: str) -> Account | None: ...

    async def read(self, number: int) -> Account | None: ...

    async def begin(self, number: int, token: bytes) -> None:
        """Sign in for REFRESH_S."""

    async def resume(self, token: bytes) -> Account | None: ...

    async def end(self, token: bytes) -> None: ...

    async def ready(self) -> None:
        """Raises Unavailable or Unknown unless the datastore answers."""

    async def close(self) -> None: ...


TAKEN = Refused(409, Problem("email", "is registered already"))


class Store:
    """Accounts in PostgreSQL. Everything raises Unavailable or Unknown as Database says."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, new: Registration, password: str) -> Account:
        values = {"name": new.name, "email": new.email, "password": password, "key": new.key}
        try:
            return _shown(await self._added(values))
        except psycopg.errors.UniqueViolation as error:
            raise TAKEN from error

    async def _added(self, values: dict[str, Any]) -> Row:
        """The row under the key. Of simultaneous twins the later one may meet the earlier at the
        address before it meets it at the key; it has ended then, and asking again finds it."""
        keyed = values["key"] is not None
        try:
            return (await self._database.ask(_ADD, values, repeatable=keyed))[0]
        except psycopg.errors.UniqueViolation:
            if not keyed:
                raise
            return (await self._database.ask(_ADD, values, repeatable=True))[0]

    async def by_email(self, email: str) -> Account | None:
        return await self._one(_BY_EMAIL, email=email)

    async def read(self, number: int) -> Account | None:
        return await self._one(_READ, id=number)

    async def begin(self, number: int, token: bytes) -> None:
        values = {"id": number, "token": token, "seconds": REFRESH_S}
        await self._database.ask(_BEGIN, values, repeatable=True)

    async def resume(self, token: bytes) -> Account | None:
        return await self._one(_RESUME, token=token)

    async def end(self, token: bytes) -> None:
        await self._database.ask(_END, {"token": token}, repeatable=True)

    async def ready(self) -> None:
        await self._database.ask("select 1", {}, repeatable=True)

    async def close(self) -> None:
        await self._database.close()

    async def _one(self, sql: str, **values: Any) -> Account | None:
        rows = await self._database.ask(sql, values, repeatable=True)
        return _shown(rows[0]) if rows else None


def _shown(row: Row) -> Account:
    created: datetime = row["created_at"]
    return row | {"created_at": created.isoformat(timespec="milliseconds")}

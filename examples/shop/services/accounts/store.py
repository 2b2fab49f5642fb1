"""The accounts in PostgreSQL: three statements."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg

from accounts.database import Database, Row
from accounts.registration import Page, Problem, Refused, Registration

# A request that comes again under the same key must be acknowledged only when the account is as
# safe as a new one would be. So it writes: an empty update, whose commit waits for the replicas
# like any other, and whose place in the log is behind the account's.
_ADD = """
insert into account (name, email, idempotency_key) values (%(name)s, %(email)s, %(key)s)
on conflict (idempotency_key) do update set idempotency_key = excluded.idempotency_key
returning id, name, email, created_at
"""
_READ = "select id, name, created_at from account where id = %(id)s"
_NEWEST = """
select id, name, created_at from account where id < %(before)s order by id desc limit %(limit)s
"""


class Store:
    """Accounts as they are shown: `created_at` in ISO 8601. E-mail addresses are told to nobody
    but to who registers them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, new: Registration) -> dict[str, Any]:
        """Raises Refused (409) when the key or the address belongs to another account."""
        try:
            row = await self._added(new)
        except psycopg.errors.UniqueViolation as error:
            raise Refused(409, Problem("email", "is registered already")) from error
        if (row["name"], row["email"]) != (new.name, new.email):
            raise Refused(409, Problem("Idempotency-Key", "was used for another account"))
        return _shown(row)

    async def _added(self, new: Registration) -> Row:
        """The row under the key. Of simultaneous twins the later one may meet the earlier at the
        address before it meets it at the key; it has ended then, and asking again finds it."""
        values = {"name": new.name, "email": new.email, "key": new.key}
        try:
            return (await self._database.ask(_ADD, values, repeatable=new.key is not None))[0]
        except psycopg.errors.UniqueViolation:
            if new.key is None:
                raise
            return (await self._database.ask(_ADD, values, repeatable=True))[0]

    async def read(self, number: int) -> dict[str, Any] | None:
        rows = await self._database.ask(_READ, {"id": number}, repeatable=True)
        return _shown(rows[0]) if rows else None

    async def newest(self, page: Page) -> list[dict[str, Any]]:
        values = {"before": page.before, "limit": page.limit}
        rows = await self._database.ask(_NEWEST, values, repeatable=True)
        return [_shown(row) for row in rows]

    async def ready(self) -> None:
        """Raises Unavailable or Unknown unless the database answers."""
        await self._database.ask("select 1", {}, repeatable=True)


def _shown(row: Row) -> dict[str, Any]:
    created: datetime = row["created_at"]
    return row | {"created_at": created.isoformat(timespec="milliseconds")}

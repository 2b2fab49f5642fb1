"""The orders in a Galera cluster: written through the writer, read on any member.

A person sees what they have just ordered, on whichever member they ask: readers' connections are
set to wait until their member has applied everything that was committed anywhere before
(`wsrep_sync_wait`), which costs a round trip in the group.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import pymysql

from galera import Galera, Row, Transaction
from orders.ordering import Order
from orders.placed import Placed, same

READER = "set session transaction_read_only = 1, wsrep_sync_wait = 1, time_zone = '+00:00'"
WRITER = "set session time_zone = '+00:00'"

_ADD = "insert into purchase (subject, request, total) values (%s, %s, %s)"
_ADD_LINE = "insert into purchase_line (purchase, item, quantity, price) values (%s, %s, %s, %s)"
_SHOWN = """
select purchase.id, purchase.total, placed_at, settled_at, settled_by
from purchase left join settlement on settlement.id = purchase.settlement
"""
_ONE = f"{_SHOWN} where subject = %s and purchase.id = %s"
_UNDER_KEY = f"{_SHOWN} where subject = %s and request = %s"
_NEWEST = f"{_SHOWN} where subject = %s and purchase.id < %s order by purchase.id desc limit %s"
_LINES = "select purchase, item, quantity, price from purchase_line where purchase in ({})"


class Store:
    def __init__(self, writer: Galera, reader: Galera) -> None:
        self._writer = writer
        self._reader = reader

    async def add(self, order: Order) -> Placed:
        """Repeated work is harmless: the key admits one order. Whoever comes second finds it."""
        try:
            return await self._writer.do(lambda t: _added(t, order), repeatable=True)
        except pymysql.IntegrityError:
            values = (order.subject, order.key)
            found = await self._writer.do(lambda t: _read(t, _UNDER_KEY, values), repeatable=True)
            return same(found[0], order)

    async def one(self, subject: str, number: int) -> Placed | None:
        values = (subject, number)
        found = await self._reader.do(lambda t: _read(t, _ONE, values), repeatable=True)
        return found[0] if found else None

    async def newest(self, subject: str, before: int, limit: int) -> list[Placed]:
        values = (subject, before, limit)
        return await self._reader.do(lambda t: _read(t, _NEWEST, values), repeatable=True)

    async def ready(self) -> None:
        await self._writer.do(lambda t: t.ask("select 1"), repeatable=True)

    async def close(self) -> None:
        await self._writer.close()
        await self._reader.close()


def _added(transaction: Transaction, order: Order) -> Placed:
    number = transaction.insert(_ADD, (order.subject, order.key, order.total))
    for line in order.lines:
        transaction.insert(_ADD_LINE, (number, line.item, line.quantity, line.price))
    return _read(transaction, _ONE, (order.subject, number))[0]


def _read(transaction: Transaction, sql: str, values: Sequence[Any]) -> list[Placed]:
    rows = transaction.ask(sql, values)
    if not rows:
        return []
    numbers = [row["id"] for row in rows]
    lines = transaction.ask(_LINES.format(",".join(["%s"] * len(numbers))), numbers)
    return list(_shown(rows, lines))


def _shown(rows: Iterable[Row], lines: Iterable[Row]) -> Iterable[Placed]:
    of: dict[int, list[Row]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: str(line["item"])):
        of[line.pop("purchase")].append(line)
    for row in rows:
        times = {name: _iso(row[name]) for name in ("placed_at", "settled_at")}
        yield row | times | {"lines": of[row["id"]]}


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="milliseconds") + "+00:00" if at else None

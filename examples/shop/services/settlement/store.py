"""Settlement in the Galera cluster: one transaction a round.

An order's settlement is set once, in the transaction that makes the batch, and only while it has
none. So a round whose outcome is unknown is repeated without harm, and a second job, should there
be one, would lose: at the lease's row, or when Galera certifies its write set against the other's.
"""

from __future__ import annotations

from galera import Galera, Transaction
from refusal import Unavailable
from settlement.job import BATCH, Batch

LEASE_S = 10
"""A lost holder's lease lasts so long; a new one waits for it."""

_LEASE = """
select holder, term, ends_at > current_timestamp(3) as held from lease
where name = 'settlement' for update
"""
_TAKE = """
update lease set holder = %s, term = %s,
    ends_at = current_timestamp(3) + interval %s second where name = 'settlement'
"""
_OPEN = "select id, total from purchase where settlement is null order by id limit %s"
_SETTLE = "insert into settlement (term, settled_by, orders, total) values (%s, %s, %s, %s)"
_MARK = "update purchase set settlement = %s where settlement is null and id in ({})"


class Store:
    def __init__(self, writer: Galera) -> None:
        self._writer = writer

    async def settle(self, holder: str) -> Batch | None:
        return await self._writer.do(lambda t: _settled(t, holder), repeatable=True)

    async def close(self) -> None:
        await self._writer.close()


def _settled(transaction: Transaction, holder: str) -> Batch | None:
    term = _taken(transaction, holder)
    if term is None:
        return None
    found = transaction.ask(_OPEN, (BATCH,))
    batch = Batch(len(found), sum(row["total"] for row in found))
    if found:
        number = transaction.insert(_SETTLE, (term, holder, batch.orders, batch.total))
        marks = _MARK.format(",".join(["%s"] * len(found)))
        if transaction.tell(marks, (number, *(row["id"] for row in found))) != len(found):
            raise Unavailable("an order was settled by somebody else in the meantime")
    return batch


def _taken(transaction: Transaction, holder: str) -> int | None:
    """The lease's term if it is this holder's now."""
    (lease,) = transaction.ask(_LEASE)
    if lease["held"] and lease["holder"] != holder:
        return None
    taken_over = lease["holder"] != holder
    term = int(lease["term"]) + int(taken_over)
    transaction.tell(_TAKE, (holder, term, LEASE_S))
    return term

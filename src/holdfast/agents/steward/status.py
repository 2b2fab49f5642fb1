"""What this steward knows, for other threads to read: role checks, `status`, a waiting handover.

The values it reads are frozen and replaced as a whole by the main loop, so a reader sees one of
them or the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg2

from .config import Config
from .history import parse_lsn
from .keeper import Keeper
from .membership import empty_view
from .server import Server

_LSN = """
select case when pg_is_in_recovery() then pg_last_wal_replay_lsn()
       else pg_current_wal_flush_lsn() end::text
"""


class Status:
    def __init__(self, config: Config, keepers: Mapping[str, Keeper]) -> None:
        self._config = config
        self._keepers = keepers
        self.view = empty_view()

    def is_primary(self, datastore: str) -> bool:
        keeper = self._keepers.get(datastore)
        return keeper is not None and keeper.serving

    def is_replica(self, datastore: str) -> bool:
        keeper = self._keepers.get(datastore)
        return keeper is not None and keeper.streaming

    def serving(self, datastore: str) -> tuple[str | None, int]:
        """The primary that serves, as far as this steward knows, and its term."""
        status = self._keepers[datastore].status()
        return (status["primary"] if status["serving"] else None), status["term"]

    def decisions(self, datastore: str) -> list[dict[str, Any]]:
        return list(self._keepers[datastore].decisions)

    def read(self) -> dict[str, Any]:
        """Everything, as JSON has it; asks each server how far its log is."""
        members = list(self.view.members)
        return {
            "host": self._config.host,
            "view": {"members": members, "quorate": len(members) * 2 > len(self._config.hosts)},
            "datastores": {
                name: {**keeper.status(), "lsn": _lsn(keeper.server)}
                for name, keeper in self._keepers.items()
            },
        }


def _lsn(server: Server) -> int | None:
    """How far the log is replayed or, on a primary, flushed; None if it does not say."""
    if server.expected is None:
        return None
    try:
        connection = server.connect(limit_ms=1000)
        try:
            with connection.cursor() as cursor:
                cursor.execute(_LSN)
                row = cursor.fetchone()
        finally:
            connection.close()
    except psycopg2.Error:
        return None
    return None if row is None or row[0] is None else parse_lsn(row[0])

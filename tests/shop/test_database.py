"""The accounts service's way to its database, where there is none."""

from __future__ import annotations

import socket

import pytest

from accounts.database import Database
from refusal import Unavailable


async def test_who_never_answers_is_asked_anew_and_then_given_up() -> None:
    """Connections that were being made when their primary's host was lost hang like this."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        database = Database(f"host=127.0.0.1 port={silent.getsockname()[1]} user=any dbname=any")
        with pytest.raises(Unavailable, match="silent"):
            await database.ask("select 1", {}, repeatable=False)
        for _attempt in range(2):
            silent.accept()[0].close()

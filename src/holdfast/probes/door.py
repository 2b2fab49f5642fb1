"""Where a datastore's client knocks, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Door:
    """`host` is the name in the server's certificate, `address` and `port` are where the client
    really connects."""

    host: str
    address: str
    port: int
    database: str
    user: str
    ca: Path
    cert: Path
    key: Path

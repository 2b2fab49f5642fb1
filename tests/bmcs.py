"""The Redfish service over hosts in memory, on the loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

from holdfast.lab.memory import MemoryChassis
from holdfast.lab.redfish import Service
from holdfast.pki.authority import Authority
from holdfast.pki.identities import Identity

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Bmcs:
    """`ca`: the certificate by which to believe the service."""

    chassis: MemoryChassis
    port: int
    ca: Path


@contextmanager
def bmcs(folder: Path) -> Iterator[Bmcs]:
    """Two hosts with power, n1 and n2; the password of each is its name and `-secret`."""
    now = datetime.now(UTC)
    authority = Authority.create("bmcs", now)
    pair = authority.issue(Identity("bmc", addresses=(IPv4Address(LOOPBACK),), client=False), now)
    texts = {"ca.crt": authority.pair.cert, "server.crt": pair.cert, "server.key": pair.key}
    for name, text in texts.items():
        (folder / name).write_text(text)
    chassis = MemoryChassis({"n1": "n1-secret", "n2": "n2-secret"}, on={"n1", "n2"})
    at = (LOOPBACK, 0)
    with Service(at, folder / "server.crt", folder / "server.key", chassis) as service:
        turning = threading.Thread(target=service.serve_forever, args=(0.01,))
        turning.start()
        try:
            yield Bmcs(chassis, service.server_address[1], folder / "ca.crt")
        finally:
            service.shutdown()
            turning.join()

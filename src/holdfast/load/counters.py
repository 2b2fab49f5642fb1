"""The system's own counters, read before and after: the second source beside the clients. Pure.

haproxy's are those of `show stat` (its management guide, section 9.1): `stot` of a server counts
the requests, or in TCP mode the connections, that were sent to it.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from io import StringIO

from holdfast.load.evenness import GATEWAY, SERVICE
from holdfast.plan.model import Plan
from holdfast.plan.places import HAPROXY_SOCKET, reader_backend, service_backend

READS = "reads "
"""Name of a layer; followed by the datastore's. Connections, not requests: they are kept."""

_SHOW_STAT = f"""\
import socket
line = socket.socket(socket.AF_UNIX)
line.settimeout(4)
line.connect("{HAPROXY_SOCKET}")
line.sendall(b"show stat\\n")
while part := line.recv(65536):
    print(part.decode(), end="")
"""
SHOW_STAT = ("python3", "-c", _SHOW_STAT)
"""Prints the local haproxy's counters."""

Totals = Mapping[tuple[str, str], int]


def totals(text: str) -> dict[tuple[str, str], int]:
    """By proxy and server (or FRONTEND, BACKEND) how much each was asked. Raises ValueError for
    what is no answer to `show stat`."""
    rows = csv.DictReader(StringIO(text.removeprefix("# ")))
    if not {"pxname", "svname", "stot", "req_tot"} <= set(rows.fieldnames or ()):
        raise ValueError("haproxy does not tell its counters")
    return {(row["pxname"], row["svname"]): int(row["req_tot"] or row["stot"] or 0) for row in rows}


def counted(
    plan: Plan, before: Mapping[str, Totals | None], after: Mapping[str, Totals | None]
) -> dict[str, dict[str, int] | None]:
    """By layer and member, what all hosts' haproxies counted meanwhile. None for a layer where one
    of them did not tell, or began to count anew."""
    grown = {host: _grown(before.get(host), after.get(host)) for host in after}
    found: dict[str, dict[str, int] | None] = {GATEWAY: _gateways(grown)}
    for service in plan.services:
        members = tuple(f"{i.host}-{i.index}" for i in service.instances)
        found[SERVICE + service.name] = _summed(grown, service_backend(service.name), members)
    for datastore in plan.replicated:
        members = tuple(member.host for member in datastore.members)
        found[READS + datastore.name] = _summed(grown, reader_backend(datastore.name), members)
    return found


def _grown(before: Totals | None, after: Totals | None) -> dict[tuple[str, str], int] | None:
    if before is None or after is None:
        return None
    grown = {key: count - before.get(key, 0) for key, count in after.items()}
    return None if any(count < 0 for count in grown.values()) else grown


def _gateways(grown: Mapping[str, Totals | None]) -> dict[str, int] | None:
    found = {}
    for host, counts in grown.items():
        if counts is None:
            return None
        found[host] = counts.get(("edge", "FRONTEND"), 0)
    return found


def _summed(
    grown: Mapping[str, Totals | None], backend: str, members: tuple[str, ...]
) -> dict[str, int] | None:
    if None in grown.values():
        return None
    everywhere = [counts for counts in grown.values() if counts is not None]
    return {name: sum(counts.get((backend, name), 0) for counts in everywhere) for name in members}

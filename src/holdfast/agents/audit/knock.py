"""Knocks at a neighbour's doors: which ports answer, and how their TLS behaves. JSON on stdout.

Its argument is JSON: targets {name: {address, ports, patient, doors: [{port, speaks, asks}]}}.
Ports that are `patient` get time enough for a busy host to answer. `speaks` is
tls, postgresql or mysql: what comes before TLS. `asks`: does the door ask for a client certificate?
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import struct
import sys
import warnings
from collections.abc import Callable
from typing import Any

PATIENCE_S = 0.6
"""A dropped packet is never answered; a port on the same network answers in milliseconds."""
ANSWER_S = 3.0
AT_ONCE = 400

OLD = (("TLSv1.0", ssl.TLSVersion.TLSv1), ("TLSv1.1", ssl.TLSVersion.TLSv1_1))
EVERYTHING = "ALL:@SECLEVEL=0"
ANONYMOUS = "aNULL:@SECLEVEL=0"


async def main() -> None:
    targets = json.loads(sys.argv[1])["targets"]
    limit = asyncio.Semaphore(AT_ONCE)
    told: dict[str, Any] = {}
    for name, target in targets.items():
        opened = await sweep(limit, target["address"], target["ports"], PATIENCE_S)
        missed = sorted(set(target["patient"]) - set(opened))
        opened = sorted([*opened, *await sweep(limit, target["address"], missed, ANSWER_S)])
        doors = [door for door in target["doors"] if door["port"] in opened]
        told[name] = {
            "open": opened,
            "doors": {
                str(door["port"]): await asyncio.to_thread(look, target["address"], door)
                for door in doors
            },
        }
    json.dump(told, sys.stdout)


async def sweep(
    limit: asyncio.Semaphore, address: str, ports: list[int], patience: float
) -> list[int]:
    answered = await asyncio.gather(*(knock(limit, address, port, patience) for port in ports))
    return [port for port, opened in zip(ports, answered, strict=True) if opened]


async def knock(limit: asyncio.Semaphore, address: str, port: int, patience: float) -> bool:
    async with limit:
        try:
            async with asyncio.timeout(patience):
                _, writer = await asyncio.open_connection(address, port)
        except (OSError, TimeoutError):
            return False
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return True


def look(address: str, door: dict[str, Any]) -> dict[str, Any]:
    """`accepts`: versions that were agreed to. `anonymous`: without any certificate of its own.
    `stranger`: what someone without a client certificate gets: answered, refused or unknown."""
    prepare = {"tls": nothing, "postgresql": ask_postgresql, "mysql": ask_mysql}[door["speaks"]]
    accepts = [
        name for name, version in OLD if agreed(address, door["port"], prepare, version, EVERYTHING)
    ]
    for name, version in (("TLSv1.2", ssl.TLSVersion.TLSv1_2), ("TLSv1.3", ssl.TLSVersion.TLSv1_3)):
        if agreed(address, door["port"], prepare, version, None):
            accepts.append(name)
    anonymous = agreed(address, door["port"], prepare, ssl.TLSVersion.TLSv1_2, ANONYMOUS)
    return {
        "accepts": accepts,
        "anonymous": anonymous,
        "stranger": stranger(address, door, prepare) if door["asks"] else None,
    }


def context(version: ssl.TLSVersion | None, ciphers: str | None) -> ssl.SSLContext:
    """Believes everybody: who they are is not the question here."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    if version is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            made.minimum_version = made.maximum_version = version
    if ciphers:
        made.set_ciphers(ciphers)
    return made


def agreed(
    address: str,
    port: int,
    prepare: Callable[[socket.socket], None],
    version: ssl.TLSVersion,
    ciphers: str | None,
) -> bool:
    try:
        with socket.create_connection((address, port), ANSWER_S) as bare:
            prepare(bare)
            with context(version, ciphers).wrap_socket(bare):
                return True
    except (OSError, ValueError, struct.error):
        return False


def stranger(address: str, door: dict[str, Any], prepare: Callable[[socket.socket], None]) -> str:
    """TLS 1.3 tells a client only afterwards that its certificate was missed: so ask something."""
    questions = {"tls": http, "postgresql": log_in_to_postgresql, "mysql": log_in_to_mysql}
    try:
        with socket.create_connection((address, door["port"]), ANSWER_S) as bare:
            prepare(bare)
            with context(None, None).wrap_socket(bare) as inside:
                return "answered" if questions[door["speaks"]](inside) else "refused"
    except TimeoutError:
        return "unknown"
    except (OSError, struct.error):
        return "refused"


def nothing(_: socket.socket) -> None:
    """TLS from the first byte."""


def ask_postgresql(bare: socket.socket) -> None:
    """SSLRequest (PostgreSQL: message formats)."""
    bare.sendall(struct.pack("!ii", 8, 80877103))
    if bare.recv(1) != b"S":
        raise OSError("no TLS")


def ask_mysql(bare: socket.socket) -> None:
    """The server's greeting, then SSLRequest (MySQL: connection phase)."""
    length = int.from_bytes(exactly(bare, 4)[:3], "little")
    exactly(bare, length)
    bare.sendall(struct.pack("<IIIB23x", 32 | 1 << 24, MYSQL_FLAGS, 1 << 24, 45))


MYSQL_FLAGS = 0x1 | 0x200 | 0x800 | 0x8000 | 0x80000
"""Long password, protocol 4.1, TLS, secure connection, plugin authentication."""


def http(inside: ssl.SSLSocket) -> bool:
    """Any server that answers this, in whatever protocol, has let us in."""
    inside.sendall(b"GET / HTTP/1.1\r\nHost: stranger\r\nConnection: close\r\n\r\n")
    return bool(inside.recv(1))


def log_in_to_postgresql(inside: ssl.SSLSocket) -> bool:
    """E is an error; R says how to authenticate, which is further than a stranger should get."""
    words = b"user\0holdfast_probe\0database\0postgres\0\0"
    inside.sendall(struct.pack("!ii", 8 + len(words), 196608) + words)
    return inside.recv(1) == b"R"


def log_in_to_mysql(inside: ssl.SSLSocket) -> bool:
    """0xff is an error; 0 is: come in. An account without a password, over TLS."""
    head = struct.pack("<IIB23x", MYSQL_FLAGS, 1 << 24, 45)
    body = head + b"holdfast_probe\0" + b"\0" + b"mysql_native_password\0"
    inside.sendall(struct.pack("<I", len(body) | 2 << 24) + body)
    length = int.from_bytes(exactly(inside, 4)[:3], "little")
    return exactly(inside, length)[:1] == b"\0"


def exactly(source: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        more = source.recv(count - len(found))
        if not more:
            raise OSError("closed")
        found += more
    return found


if __name__ == "__main__":
    asyncio.run(main())

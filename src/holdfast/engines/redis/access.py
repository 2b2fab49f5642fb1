"""users.acl: who may do what, by the hash of a password. Who connects has shown a certificate."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from holdfast.formats.redis import users
from holdfast.pki.identities import PROBE, REPLICATION, STEWARD

_CLIENT = ("+@all", "-@admin", "-@dangerous")
_TOPOLOGY = ("+cluster|slots", "+cluster|shards", "+cluster|nodes", "+cluster|myid", "+info")
"""What a client needs to find the shards."""


def gate_password(secret: str, host: str) -> str:
    """What one host's members ask of whoever replicates from them: each host another one, so that
    who knows the way to one primary does not know it to another."""
    return hashlib.sha256(f"{secret}/{host}".encode()).hexdigest()


def access(passwords: dict[str, str], host: str) -> str:
    """`passwords` by account; nobody else is let in."""
    return users(_users(passwords, host))


def _users(passwords: dict[str, str], host: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "default", ("reset", "off")
    for account, password in passwords.items():
        match account:
            case _ if account == STEWARD:
                yield account, ("reset", "on", _hash(password), "~*", "&*", "+@all")
            case _ if account == REPLICATION:
                gate = _hash(gate_password(password, host))
                yield account, ("reset", "on", gate, "+psync", "+replconf", "+ping")
            case _ if account == PROBE:
                yield account, ("reset", "on", _hash(password), "~holdfast_probe:*", *_client())
            case _:
                yield account, ("reset", "on", _hash(password), "~*", "&*", *_client())


def _client() -> tuple[str, ...]:
    return (*_CLIENT, *_TOPOLOGY)


def _hash(password: str) -> str:
    return "#" + hashlib.sha256(password.encode()).hexdigest()

"""Loads changed certificates and maps into the running haproxy: `systemctl reload haproxy`.

The process stays, with every connection, route and gate; whoever comes next sees the new ones.
Management guide, section 9.3: `show|set|commit ssl cert`, `show|add|set|del map`.
"""

from __future__ import annotations

import hashlib
import re
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path

from .haproxy import Admin, RefusedError

_FINGERPRINT = re.compile(r"^SHA1 FingerPrint: ([0-9A-F]+)$", re.MULTILINE)
_MAP = re.compile(r"^\d+ \((/[^)]+)\) pattern loaded from file", re.MULTILINE)
_CERTIFICATE = re.compile(
    "-----BEGIN CERTIFICATE-----\n.+?\n-----END CERTIFICATE-----\n", re.DOTALL
)


def refresh(admin: Admin) -> list[str]:
    """What was loaded, by path. Raises OSError, ValueError, NotRunningError, RefusedError."""
    loaded = []
    for path in certificates(admin.ask(["show ssl cert"])):
        if _load_certificate(admin, path):
            loaded.append(path)
    for path in _MAP.findall(admin.ask(["show map"])):
        wanted = entries(Path(path).read_text())
        commands = list(changes(path, entries(admin.ask([f"show map {path}"]), skip=1), wanted))
        if commands:
            admin.change(commands)
            loaded.append(path)
    return loaded


def certificates(text: str) -> list[str]:
    """`show ssl cert`: the files, without transactions that somebody has begun."""
    return [line for line in text.splitlines() if line.startswith("/")]


def _load_certificate(admin: Admin, path: str) -> bool:
    pem = Path(path).read_text()
    found = _FINGERPRINT.search(admin.ask([f"show ssl cert {path}"]))
    if found is None:
        raise RefusedError(f"haproxy does not say which certificate {path} is")
    if found[1] == fingerprint(pem):
        return False
    admin.expect("Transaction created", f"set ssl cert {path}", pem)
    admin.expect("Success!", f"commit ssl cert {path}")
    return True


def fingerprint(pem: str) -> str:
    """Of the first certificate. Raises ValueError when there is none."""
    first = _CERTIFICATE.search(pem)
    if first is None:
        raise ValueError("no certificate in there")
    return hashlib.sha1(ssl.PEM_cert_to_DER_cert(first[0])).hexdigest().upper()


def entries(text: str, skip: int = 0) -> dict[str, str]:
    """A map's lines, `key value`; haproxy puts a reference before each."""
    rows = (line.split(maxsplit=skip + 1)[skip:] for line in text.splitlines() if line.strip())
    return {row[0]: row[1] for row in rows if len(row) == 2}


def changes(path: str, there: Mapping[str, str], wanted: Mapping[str, str]) -> Iterator[str]:
    """The commands that make a map what is wanted."""
    for key in there.keys() - wanted.keys():
        yield f"del map {path} {key}"
    for key, value in wanted.items():
        if key not in there:
            yield f"add map {path} {key} {value}"
        elif there[key] != value:
            yield f"set map {path} {key} {value}"

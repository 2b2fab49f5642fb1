"""What is to lie on each host: files, packages, units. Made by rendering, read by deployment."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise


@dataclass(frozen=True)
class File:
    """One file on one host.

    `path` is absolute on the host. `mode` is the permission bits. `owner` is "user" or
    "user:group". `secret` masks the content in diffs and listings. `restarts` names the systemd
    units to restart when this file changes, `reloads` those to reload.
    """

    host: str
    path: str
    content: str
    mode: int = 0o644
    owner: str = "root"
    secret: bool = False
    restarts: tuple[str, ...] = ()
    reloads: tuple[str, ...] = ()


@dataclass(frozen=True)
class HostPlanned:
    """What a host needs besides files: Debian packages, and units that must run or never start
    by themselves (`held`: installed and stopped at boot, started by an agent)."""

    host: str
    packages: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    held: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bundle:
    """All files of all hosts, sorted, so that equal plans give equal bundles byte for byte."""

    files: tuple[File, ...]
    hosts: tuple[HostPlanned, ...] = field(default=())

    @classmethod
    def of(cls, files: Iterable[File], hosts: Iterable[HostPlanned] = ()) -> Bundle:
        """Sort, and refuse two different files in one place."""
        ordered = sorted(files, key=lambda f: (f.host, f.path))
        for before, after in pairwise(ordered):
            if (before.host, before.path) == (after.host, after.path):
                raise ValueError(f"two files for {after.host}:{after.path}")
        return cls(tuple(ordered), tuple(sorted(hosts, key=lambda h: h.host)))

    def on(self, host: str) -> tuple[File, ...]:
        return tuple(f for f in self.files if f.host == host)

    def digest(self) -> str:
        """SHA-256 over every file's place, owner, mode and content, in hexadecimal."""
        whole = hashlib.sha256()
        for f in self.files:
            whole.update(repr((f.host, f.path, f.mode, f.owner, f.content)).encode())
        return whole.hexdigest()

"""The folders that a system ships to its hosts, as values: read by the caller, rendered here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Source:
    content: str
    executable: bool = False


Folder = Mapping[str, Source]
"""Files by their path relative to the folder."""


@dataclass(frozen=True)
class Sources:
    """`steward`: the agent's own files. `pacemaker`: resource agents. `services` and
    `schemas` by service and datastore."""

    steward: Folder
    pacemaker: Folder
    services: Mapping[str, Folder] = field(default_factory=dict)
    schemas: Mapping[str, Folder] = field(default_factory=dict)

"""What each engine brings to a host. Everything engine-specific on this platform is behind this."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic

from holdfast.bundle import File
from holdfast.formats.haproxy import Section
from holdfast.pki.credentials import Credentials
from holdfast.plan.model import D, Plan, PlannedHost, PlannedService
from holdfast.platforms.machines.sources import Sources


@dataclass(frozen=True)
class Seed:
    """Of a datastore whose first data are made once and copied to every host: the folder that only
    exists where there are data, and the archive that the steward packs for the others."""

    data: str
    archive: str


@dataclass(frozen=True)
class Engine(Generic[D]):
    """packages     Debian's, on every host
    files        everything of one datastore that lies on one host
    units        what only the steward starts
    steward      the datastore in steward.json, beside its name and engine
    endpoints    haproxy's part
    peer_ports   open to the system's hosts, on every host's address
    client_ports open to operators
    environment  how a service that needs the datastore finds it: variables of its unit, in which
                 %d is the folder of its credentials
    secrets      files for that folder, by name: what the service alone may know
    seed         None for an engine whose members begin empty
    data         of such an engine: the folder that only exists where there are data
    """

    packages: tuple[str, ...]
    files: Callable[[Plan, D, PlannedHost, Credentials, Sources], Iterator[File]]
    units: Callable[[D], tuple[str, ...]]
    steward: Callable[[Plan, D, PlannedHost], dict[str, Any]]
    endpoints: Callable[[Plan, D, PlannedHost], Iterator[Section]]
    peer_ports: Callable[[D], tuple[int, ...]]
    client_ports: Callable[[D], tuple[int, ...]]
    environment: Callable[[Plan, PlannedService, D], Iterator[tuple[str, str]]]
    secrets: Callable[[Credentials, PlannedService, D], dict[str, str]]
    seed: Callable[[D], Seed] | None
    data: Callable[[D], str] | None = None


def variable(datastore: str) -> str:
    """A datastore's name inside the name of an environment variable."""
    return datastore.upper().replace("-", "_")

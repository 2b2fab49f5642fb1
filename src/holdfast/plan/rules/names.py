"""Names become certificates, and a certificate is a role in the database: no name may stand for
two parties, or for one that has more rights."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.finding import Finding
from holdfast.plan.inventory import Inventory
from holdfast.spec.model import System

_ROLES = frozenset({"postgres", "public", "none", "root", "holdfast"})
_DATABASES = frozenset({"postgres", "template0", "template1"})
_HOSTS = frozenset({"localhost"})


def check(system: System, inventory: Inventory) -> Iterator[Finding]:
    yield from _reserved("services", tuple(system.services), _ROLES)
    yield from _reserved("datastores", tuple(system.datastores), _DATABASES)
    hosts = {host.name for host in inventory.hosts}
    yield from _reserved("hosts", tuple(hosts & _HOSTS), _HOSTS)
    for name in system.services:
        if name in hosts:
            yield Finding.error(
                "names-shared",
                f"a host and a service are both named {name}: the service would hold the "
                "host's rights",
                "rename one of them",
                ("services", name),
            )


def _reserved(kind: str, names: tuple[str, ...], taken: frozenset[str]) -> Iterator[Finding]:
    for name in names:
        if name in taken:
            yield Finding.error(
                "names-reserved",
                f"the name {name} means something else to the hosts already",
                "choose another name",
                (kind, name),
            )

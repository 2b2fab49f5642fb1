"""Names become certificates, and a certificate is a role in the database: no name may stand for
two parties, or for one that has more rights."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.finding import Finding, SpecPath
from holdfast.plan.inventory import Inventory
from holdfast.spec.model import System

_ROLES = frozenset({"postgres", "public", "none", "root", "holdfast"})
_DATABASES = frozenset({"postgres", "template0", "template1"})
_HOSTS = frozenset({"localhost"})


def check(system: System, inventory: Inventory) -> Iterator[Finding]:
    hosts = {host.name: number for number, host in enumerate(inventory.hosts)}
    for name in _ROLES & system.services.keys():
        yield _reserved(name, ("services", name))
    for name in _DATABASES & system.datastores.keys():
        yield _reserved(name, ("datastores", name))
    for name in _HOSTS & hosts.keys():
        yield _reserved(name, ("hosts", hosts[name], "name"))
    for name in system.services:
        if name in hosts:
            yield Finding.error(
                "names-shared",
                f"a host and a service are both named {name}: the service would hold the "
                "host's rights",
                "rename one of them",
                ("services", name),
            )


def _reserved(name: str, path: SpecPath) -> Finding:
    return Finding.error(
        "names-reserved",
        f"the name {name} means something else to the hosts already",
        "choose another name",
        path,
    )

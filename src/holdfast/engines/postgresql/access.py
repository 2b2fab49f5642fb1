"""Who may connect as whom. Over the network: a certificate of the system's authority, or nothing.

Connections come from the hosts' own addresses only, since everybody goes through the haproxy of
some host.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from holdfast.engines.postgresql.settings import REPLICATION_USER
from holdfast.formats.postgresql import records
from holdfast.pki.identities import PROBE
from holdfast.plan.model import Plan, PlannedPostgresql

_LOCAL_MAP = "local"
_CERT_MAP = "certificate"


def rules(plan: Plan, datastore: PlannedPostgresql) -> str:
    """pg_hba.conf."""
    users = (*client_roles(plan, datastore), PROBE)
    return records(
        [
            ("local", "all", "postgres", "peer", f"map={_LOCAL_MAP}"),
            # pg_rewind reads its source through an ordinary connection to this database.
            *_network(plan, "replication", [REPLICATION_USER]),
            *_network(plan, "postgres", [REPLICATION_USER]),
            *_network(plan, datastore.name, users),
        ]
    )


def mapping(plan: Plan, datastore: PlannedPostgresql) -> str:
    """pg_ident.conf: map, name of the system user or certificate, role."""
    return records(
        [
            (_LOCAL_MAP, "root", "postgres"),
            (_LOCAL_MAP, "postgres", "postgres"),
            *((_CERT_MAP, member.host, REPLICATION_USER) for member in datastore.members),
            *((_CERT_MAP, role, role) for role in (*client_roles(plan, datastore), PROBE)),
        ]
    )


def client_roles(plan: Plan, datastore: PlannedPostgresql) -> tuple[str, ...]:
    """The services that need this datastore; each has a role of its name."""
    return tuple(s.name for s in plan.services if datastore.name in s.spec.needs)


def _network(plan: Plan, database: str, users: Sequence[str]) -> list[tuple[str, ...]]:
    return [
        ("hostssl", database, user, f"{host.address}/32", "cert", f"map={_CERT_MAP}")
        for user, host in product(users, plan.hosts)
    ]

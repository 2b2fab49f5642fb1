"""Who may connect as whom: over the network with a certificate of the system's authority, which
must name the account; there are no passwords."""

from __future__ import annotations

from holdfast.plan.model import Plan, PlannedMysql


def client_accounts(plan: Plan, datastore: PlannedMysql) -> tuple[str, ...]:
    """The services that need this datastore; each has an account of its name."""
    return tuple(s.name for s in plan.services if datastore.name in s.spec.needs)

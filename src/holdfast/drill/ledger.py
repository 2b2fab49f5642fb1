"""How a host is asked which of a run's writes its own member of a datastore has."""

from __future__ import annotations

from holdfast.plan.model import PlannedDatastore, PlannedPostgresql


def question_of(datastore: PlannedDatastore, run: str) -> tuple[str, ...]:
    """The command that prints all keys beginning with `run`/, one per line, from the local member
    alone. Raises NotImplementedError for an engine without a ledger."""
    match datastore:
        case PlannedPostgresql():
            return _postgresql(datastore, run)
        case _:
            raise NotImplementedError(datastore.engine)


def _postgresql(datastore: PlannedPostgresql, run: str) -> tuple[str, ...]:
    return (
        "psql",
        "--no-psqlrc",
        "--tuples-only",
        "--no-align",
        "--host=/run/postgresql",
        f"--port={datastore.port}",
        "--username=postgres",
        f"--dbname={datastore.name}",
        f"--command=SELECT key FROM holdfast_probe.writes WHERE starts_with(key, '{run}/')",
    )
